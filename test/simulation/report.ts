import * as assert from 'uvu/assert';
import type { RunResult } from './run.ts';
import { partsOf } from './scenario.ts';

/** What a failing run is about, for people. */
export function headline({ scenario, violations }: RunResult): string {
  const [violation] = violations;
  if (violation === undefined) return `seed ${scenario.seed}: no promise is broken`;
  const { promise, atMs, what } = violation;
  const size = `${scenario.hosts.length} servers, ${scenario.streams.length} streams, ${scenario.faults.length} faults`;
  return `seed ${scenario.seed} (${size}): ${promise} at ${(atMs / 1000).toFixed(3)} s: ${what}`;
}

/** How to see the very same run again. */
export function replay({ scenario }: RunResult, isShrunk: boolean): string {
  const only = isShrunk ? ` --only ${partsOf(scenario)}` : '';
  const archives = scenario.streams.some(({ isRecorded }) => isRecorded === true) ? ' --promise A' : '';
  return `npm run simulate --${archives} --seeds 1 --from ${scenario.seed}${only}`;
}

/** For tests. */
export function expectNoViolation(result: RunResult, promise: string): void {
  if (result.violations.length === 0) return;
  const replay = `npm run simulate -- --promise ${promise} --seeds 1 --from ${result.scenario.seed}`;
  assert.unreachable(`${headline(result)}\nreplay: ${replay}\n${result.timeline()}`);
}
