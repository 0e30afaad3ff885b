import type { Row } from './bench.ts';
import { processorMs } from './processor-time.ts';
import { medianOf, rounded } from './spread.ts';

export const ROUNDS = 5;

/** A server that answers, and a client that asks it. */
export interface Party {
  /** Processes of the server. */
  readonly pids: readonly number[];
  /** Asks for a while and resolves with the number of answers. */
  ask(): Promise<number>;
}

/**
 * Measures this project's server against the smallest program that could do the same, in turns, so that other work of the machine disturbs
 * both. Results are medians, and the median of the rounds' ratios. The processor time of an answer, over all threads, hardly depends on how busy the rest of the machine is.
 */
export async function sideBySide(ours: Party, bare: Party): Promise<Row> {
  const rounds: { readonly ours: Rate; readonly bare: Rate }[] = [];
  // The first round is for both to get warm.
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = { ours: await rateOf(ours), bare: await rateOf(bare) };
    if (round > 0) rounds.push(pair);
  }
  const median = (of: (pair: (typeof rounds)[number]) => number) => rounded(medianOf(rounds.map(of)));
  return {
    'ours/s': median((pair) => pair.ours.aSecond),
    'bare/s': median((pair) => pair.bare.aSecond),
    ratio: median((pair) => pair.ours.aSecond / pair.bare.aSecond),
    'ours, processor µs each': median((pair) => pair.ours.processorUs),
    'bare, processor µs each': median((pair) => pair.bare.processorUs),
  };
}

interface Rate {
  readonly aSecond: number;
  readonly processorUs: number;
}

async function rateOf({ pids, ask }: Party): Promise<Rate> {
  const beforeMs = await processorMs(pids);
  const startMs = performance.now();
  const answers = await ask();
  const seconds = (performance.now() - startMs) / 1000;
  return { aSecond: answers / seconds, processorUs: (((await processorMs(pids)) - beforeMs) * 1000) / answers };
}
