import type { ReturnFault } from './return-fault.ts';

export type Outcome =
  /** What was seen. */
  | { readonly is: 'no harm'; readonly told: string }
  /** Not reached: the moment that it waits for did not come. */
  | { readonly is: 'harm' | 'not reached'; readonly why: string };

export interface Tried {
  readonly fault: ReturnFault;
  readonly outcome: Outcome;
}

/** Tries faults one after the other, until one of them does harm or is not reached: what that leaves is no herd for another one. */
export type TryInOneHerd = (faults: readonly ReturnFault[]) => Promise<readonly Tried[]>;

/** A server that has come back several times waits longer for its streams each time: a new herd costs less than that. */
const FAULTS_A_HERD = 6;

/** Tries every fault once, in this order, whatever those before it have done. */
export async function runRound(faults: readonly ReturnFault[], tryInOneHerd: TryInOneHerd): Promise<readonly Tried[]> {
  const all: Tried[] = [];
  while (all.length < faults.length) {
    const tried = await tryInOneHerd(faults.slice(all.length, all.length + FAULTS_A_HERD));
    if (tried.length === 0) throw new Error('a herd that tries nothing would be tried for ever');
    all.push(...tried);
  }
  return all;
}

export interface Verdict {
  readonly isGood: boolean;
  /** A line for the round, and one for each fault that was not without harm. */
  readonly text: string;
}

/** @param wanted the faults of the round: one that was not tried at all was not reached either. */
export function verdictOf(wanted: readonly ReturnFault[], tried: readonly Tried[]): Verdict {
  const outcomes = new Map(tried.map(({ fault, outcome }) => [fault.name, outcome]));
  const bad = wanted.flatMap(({ name }) => {
    const outcome = outcomes.get(name) ?? { is: 'not reached', why: 'it was not tried' };
    return outcome.is === 'no harm' ? [] : [`${outcome.is}: ${name}: ${outcome.why}`];
  });
  const first = `${wanted.length - bad.length} of ${wanted.length} faults were reached and did no harm`;
  return { isGood: bad.length === 0, text: [first, ...bad].join('\n') };
}
