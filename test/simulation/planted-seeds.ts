import { PLANTED } from './planted.ts';
import { isFound, type PlantedFault } from './planted-fault.ts';
import { SHORT_RIDE } from './run.ts';

interface Shown {
  readonly seed: number;
  /** Of the processor. */
  readonly ms: number;
}

interface Seeds {
  readonly from: number;
  readonly count: number;
}

/** Three are enough to choose a short one from. */
const ENOUGH = 3;
/** A `from` that takes longer is looked for anew. */
const SHORT_MS = 500;

/**
 * For each planted fault says whether its `from` still shows it in a short run; if not, which other seeds do, the cheapest first.
 *
 * @returns how many faults are shown by none.
 */
export async function findPlanted(seeds: Seeds, isWanted: (title: string) => boolean): Promise<number> {
  let missed = 0;
  for (const planted of PLANTED) {
    const { title, from = 1 } = planted;
    if (!isWanted(title)) continue;
    const kept = await shown(planted, from);
    const found = kept !== undefined && kept.ms < SHORT_MS ? [kept] : await others(planted, kept, seeds);
    if (found.length === 0) missed += 1;
    const told = found.map(({ seed, ms }) => `${seed} (${(ms / 1000).toFixed(2)} s)`).join(', ');
    console.log(`${title}: is ${from}; ${told === '' ? `none of ${seeds.count} seeds shows it` : `shown by ${told}`}`);
  }
  return missed;
}

async function others(
  planted: PlantedFault,
  kept: Shown | undefined,
  { from, count }: Seeds,
): Promise<readonly Shown[]> {
  const found = kept === undefined ? [] : [kept];
  for (let seed = from; seed < from + count && found.length < ENOUGH; seed += 1) {
    const other = seed === kept?.seed ? undefined : await shown(planted, seed);
    if (other !== undefined) found.push(other);
  }
  return found.toSorted((one, other) => one.ms - other.ms);
}

async function shown(planted: PlantedFault, seed: number): Promise<Shown | undefined> {
  const before = process.cpuUsage();
  const isShown = await isFound(planted, SHORT_RIDE, seed);
  const { user, system } = process.cpuUsage(before);
  return isShown ? { seed, ms: (user + system) / 1000 } : undefined;
}
