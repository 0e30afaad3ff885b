import type { Host } from './host.ts';
import type { World } from './world.ts';

/** As `LEAST_GAIN` of `src/domain/placement/balance.ts`: moves for less are not worth their gap. */
const LEAST_GAIN = 0.1;
/** Sums of the same weights in another order differ by less. */
const ROUNDING = 1e-9;

interface Load {
  readonly host: Host;
  weight: number;
}

/**
 * P1: why the herd is not even, judged on the bucket alone: a stream is not at home; or one server could
 * give a stream to another, and both would then have less for their capacity than the first has now. `undefined`: it is even.
 */
export function unevenness(world: World): string | undefined {
  const loads = new Map<string, Load>();
  for (const host of world.hosts) if (host.running && !host.isDrained) loads.set(host.name, { host, weight: 0 });
  const streams = world.enabledStreams();
  // A server whose ffmpegs failed is given no stream for some minutes, not even one that is pinned to it.
  const unfit = new Set(streams.flatMap(({ name }) => world.owners.recordOf(name)?.unfitBy ?? []));
  for (const { name, weight } of streams) {
    const load = loads.get(world.owners.recordOf(name)?.server ?? '');
    if (load === undefined) return `${name} is with no server that is up`;
    load.weight += weight;
  }
  for (const { name, weight, captureAt } of streams) {
    const record = world.owners.recordOf(name);
    const owner = loads.get(record?.server ?? '');
    // A stream stays where it is if no server reached its source lately, or if an operator put it there.
    if (owner === undefined || record?.moved === true) continue;
    const failedBy = record?.failedBy ?? [];
    const home = captureAt ?? record?.home;
    if (home !== undefined && loads.has(home) && !failedBy.includes(home)) {
      if (unfit.has(home)) continue;
      if (home !== owner.host.name) return `${name} is with ${owner.host.name} and not with ${home}`;
      if (captureAt !== undefined) continue;
    }
    if (failedBy.length > 0) continue;
    for (const other of loads.values()) {
      if (unfit.has(other.host.name)) continue;
      const gain = fullness(owner) - fullness(other, weight);
      if (gain < (LEAST_GAIN * weight) / owner.host.plan.capacity + ROUNDING) continue;
      return `${owner.host.name} has ${round(fullness(owner))} for its capacity, and ${other.host.name} would have ${round(fullness(other, weight))} with ${name}`;
    }
  }
  return undefined;
}

function fullness({ host, weight }: Load, more = 0): number {
  return (weight + more) / host.plan.capacity;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
