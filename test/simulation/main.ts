/**
 * `npm run simulate -- [--promise all|L2|L3] [--seeds N] [--from S]`: the herd in virtual time, a seed a run. One failing seed
 * replays its run: `--seeds 1 --from <seed>` prints what happened.
 */
import { parseArgs } from 'node:util';
import { type RunResult, run } from './run.ts';

const RUNS: Readonly<Record<string, (seed: number) => Promise<RunResult>>> = {
  all: (seed) => run({ seed }),
};

const { values } = parseArgs({
  options: {
    promise: { type: 'string', default: 'all' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
  },
});
const simulate = RUNS[values.promise];
const count = Number(values.seeds);
const from = Number(values.from);
if (simulate === undefined || !Number.isSafeInteger(count) || !Number.isSafeInteger(from) || count < 1) {
  console.error(`expected --promise ${Object.keys(RUNS).join('|')}, --seeds and --from as integers`);
  process.exit(2);
}

const started = performance.now();
const failed: number[] = [];
const recoveries: number[] = [];
const evens: number[] = [];
let simulatedMs = 0;
let evictions = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const result = await simulate(seed);
  simulatedMs += result.simulatedMs;
  evictions += result.evictions;
  recoveries.push(result.recoveredAfterMs);
  evens.push(result.evenAfterMs);
  for (const { promise, atMs, what } of result.violations) {
    failed.push(seed);
    console.log(
      `seed ${seed} (${result.scenario.hosts.length} servers): ${promise} at ${(atMs / 1000).toFixed(3)} s: ${what}`,
    );
  }
  if (count === 1) console.log(result.timeline());
}
const minutes = (performance.now() - started) / 60_000;
const hours = simulatedMs / 3_600_000;
console.log(
  `${count} runs, ${failed.length} failed; ${evictions} evictions; slowest recovery ${Math.max(...recoveries) / 1000} s, even ${Math.max(...evens) / 1000}`,
);
console.log(
  `${hours.toFixed(1)} simulated hours in ${(minutes * 60).toFixed(1)} s: ${(hours / minutes).toFixed(0)} hours a minute`,
);
if (failed.length > 0) process.exitCode = 1;
