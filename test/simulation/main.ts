/**
 * `npm run simulate -- [--promise all|A|L2|L2cut|L3|P2|P2heir] [--seeds N] [--from S] [--only PARTS] [--as-it-is]`: the herd in virtual time, a
 * seed a run. Of a failing run it prints the smallest that still fails, what happened in it, and how to replay it.
 *
 * `npm run simulate -- --planted [--seeds N] [--from S] [--only TEXT]`: which of these seeds show the planted faults.
 */
import { parseArgs } from 'node:util';
import { findPlanted } from './planted-seeds.ts';
import { runBusFaults, runBusFaultsBesideCuts, runHostWithBus, runMovement, runUnableHeir } from './promises.ts';
import { headline, replay } from './report.ts';
import { play, type RunResult } from './run.ts';
import { drawScenario, onlyParts } from './scenario.ts';
import { shrink } from './shrink.ts';
import { Totals } from './totals.ts';

const { values } = parseArgs({
  options: {
    promise: { type: 'string', default: 'all' },
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    'as-it-is': { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
  },
});
const { only } = values;
const drawn = (seed: number) => drawScenario({ seed, isRecorded: values.promise === 'A' });
const RUNS: Readonly<Record<string, (seed: number) => Promise<RunResult>>> = {
  all: (seed) => play(only === undefined ? drawn(seed) : onlyParts(drawn(seed), only)),
  /** The same, with archives. */
  A: (seed) => play(only === undefined ? drawn(seed) : onlyParts(drawn(seed), only)),
  L2: runBusFaults,
  L2cut: runBusFaultsBesideCuts,
  L3: runHostWithBus,
  P2: runMovement,
  P2heir: runUnableHeir,
};
const simulate = RUNS[values.promise];
const count = Number(values.seeds);
const from = Number(values.from);
if (simulate === undefined || !Number.isSafeInteger(count) || !Number.isSafeInteger(from) || count < 1) {
  console.error(`expected --promise ${Object.keys(RUNS).join('|')}, --seeds and --from as integers`);
  process.exit(2);
}
if (values.planted)
  process.exit((await findPlanted({ from, count }, (title) => title.includes(only ?? ''))) > 0 ? 1 : 0);
const mayShrink = (values.promise === 'all' || values.promise === 'A') && only === undefined && !values['as-it-is'];

const totals = new Totals();
for (let seed = from; seed < from + count; seed += 1) {
  const result = await simulate(seed);
  totals.add(result);
  if (result.violations.length > 0) await explain(result);
  else if (count === 1) console.log(result.timeline());
}
console.log(totals.text());
if (totals.failed > 0) process.exitCode = 1;

async function explain(result: RunResult): Promise<void> {
  console.log(headline(result));
  if (!mayShrink) {
    console.log(result.timeline());
    return;
  }
  const { result: least, tries } = await shrink(result, (scenario) => play(scenario));
  console.log(`shrunk in ${tries} runs: ${headline(least)}`);
  console.log(least.timeline());
  console.log(`replay: ${replay(result, false)}\nshrunk: ${replay(least, true)}`);
}
