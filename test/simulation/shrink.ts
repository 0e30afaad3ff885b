import type { RunResult } from './run.ts';
import type { Scenario } from './scenario.ts';

export interface Shrunk {
  readonly result: RunResult;
  readonly tries: number;
}

/** More tries seldom leave out more. Counted and not timed: the same failure shrinks to the same run everywhere. */
const MAX_TRIES = 200;

/**
 * Leaves out of a failing run what it does not need: faults, servers and streams, half of them at once, then fewer, as long as
 * the same promise is broken.
 */
export async function shrink(failed: RunResult, play: (scenario: Scenario) => Promise<RunResult>): Promise<Shrunk> {
  const promise = failed.violations[0]?.promise;
  let best = failed;
  let tries = 0;
  const stillFails = async (scenario: Scenario): Promise<boolean> => {
    if (tries >= MAX_TRIES) return false;
    tries += 1;
    const result = await play(scenario);
    if (result.violations[0]?.promise !== promise) return false;
    best = result;
    return true;
  };
  const without = async <K extends 'faults' | 'hosts' | 'streams'>(part: K, least: number) => {
    for (let size = Math.ceil(best.scenario[part].length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < best.scenario[part].length; ) {
        const rest = [...best.scenario[part]];
        rest.splice(from, size);
        const isLess = rest.length >= least && (await stillFails({ ...best.scenario, [part]: rest }));
        if (!isLess) from += size;
      }
    }
  };
  await without('faults', 0);
  await without('hosts', 1);
  await without('streams', 1);
  // Faults that became superfluous when a server or a stream was left out.
  await without('faults', 0);
  return { result: best, tries };
}
