import type { Times } from '../../src/domain/times.ts';
import { type RunResult, run, type Terms } from './run.ts';
import type { ScenarioOptions } from './scenario.ts';
import type { Violation } from './world.ts';

type Plan = Omit<ScenarioOptions, 'seed'> & Terms;

/** A rule that is taken away. */
export interface PlantedFault {
  readonly title: string;
  readonly promises: readonly Violation['promise'][];
  /** The seed to begin with: one whose run is short and shows it. When the code changes it may be another: see `npm run simulate -- --planted`. */
  readonly from?: number;
  /** Default: a run with everything that is asked for. */
  readonly judge?: (seed: number, terms: Terms) => Promise<RunResult>;
  plant(times: Times): Plan;
}

/** Whether the run of this seed shows the planted fault. */
export async function isFound({ judge, plant, promises }: PlantedFault, times: Times, seed: number): Promise<boolean> {
  const plan = plant(times);
  const { violations } = await (judge === undefined ? run({ ...plan, seed }) : judge(seed, plan));
  return violations.some(({ promise }) => promises.includes(promise));
}
