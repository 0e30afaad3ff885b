import { headline } from '../test/simulation/report.ts';
import { run } from '../test/simulation/run.ts';
import { Totals } from '../test/simulation/totals.ts';
import type { Bench } from './bench.ts';

const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 4000);
/** Not those of the tests, which are run often enough. */
const FROM = 100_000;
const SAY_EVERY = 500;

/**
 * Some thousand runs of the simulation with everything that can go wrong: how fast it is, and that none of them breaks a
 * promise. About 25 minutes; `SIMULATION_SEEDS=400` takes a tenth of that.
 */
export async function bench(): Promise<Bench> {
  const totals = new Totals();
  for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
    const result = await run({ seed });
    totals.add(result);
    if (result.violations.length > 0) console.error(headline(result));
    if (totals.runs % SAY_EVERY === 0) console.error(`${totals.runs} of ${SEEDS} runs, ${totals.failed} failed`);
  }
  const { runs, failed, evictions, moves } = totals;
  const round = (value: number) => Math.round(value * 10) / 10;
  const row = {
    runs,
    failed,
    evictions,
    moves,
    simulatedHours: round(totals.simulatedHours),
    processorSeconds: round(totals.processorSeconds),
    runsASecond: round(totals.runsASecond),
    hoursAMinute: round(totals.hoursAMinute),
  };
  return { name: 'simulation', rows: [row] };
}
