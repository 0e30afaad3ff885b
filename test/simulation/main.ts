import { run } from './run.ts';

function option(name: string, fallback: number): number {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? fallback : Number(process.argv[index + 1]);
}

const from = option('from', 1);
const count = option('seeds', 100);
const startedMs = performance.now();
let failed = 0;
let simulatedMs = 0;
let evictions = 0;
const recoveries: number[] = [];
for (let seed = from; seed < from + count; seed += 1) {
  const result = run({ seed });
  simulatedMs += result.simulatedMs;
  evictions += result.evictions;
  recoveries.push(result.recoveredAfterMs);
  for (const { promise, atMs, what } of result.violations) {
    failed += 1;
    console.log(`seed ${seed} (${result.servers} servers): ${promise} at ${(atMs / 1000).toFixed(3)} s: ${what}`);
    if (count === 1) console.log(result.timeline());
  }
}
recoveries.sort((one, other) => one - other);
const minutes = (performance.now() - startedMs) / 60_000;
const hours = simulatedMs / 3_600_000;
console.log(
  `${count} seeds, ${failed} failed; ${hours.toFixed(1)} simulated hours in ${(minutes * 60).toFixed(0)} s (${(hours / minutes).toFixed(0)} hours a minute); ` +
    `${evictions} evictions; recovered in ${recoveries[Math.floor(count / 2)]} ms (median), ${recoveries.at(-1)} ms (slowest)`,
);
if (failed > 0) process.exitCode = 1;
