import { availableParallelism } from 'node:os';

/** Rooms whose tests run servers, ffmpeg or nats-server: as many files at a time as there are cores. */
const HERDS = ['actors', 'attack', 'cluster', 'faults', 'foreign-cameras', 'foreign-players', 'nats', 'warden'];
/** Files that judge what a load does to a herd: beside others they would judge those. */
const ALONE = ['attack/campaign', 'cluster/flood', 'faults/campaign'];
/** Begun first, so that the others run beside them and not after them. */
const LONG = ['sigterm', 'simulation/', 'cluster/amnesia', 'cluster/riding-out', 'cluster/host-loss'];

/** One more than there are cores, and never less than three: most files wait for a process or for the clock now and then. */
const LIGHT_AT_ONCE = Math.max(3, availableParallelism() + 1);
const HERDS_AT_ONCE = Math.max(2, Math.floor(availableParallelism() / 2) + 1);

/**
 * The test files in the lanes in which they run, one lane after the other.
 *
 * @param {readonly string[]} names such as `cluster/reload`
 * @returns {{ names: string[], atOnce: number }[]}
 */
export function lanesOf(names) {
  const isAlone = (name) => ALONE.includes(name);
  const isHerds = (name) => HERDS.includes(name.split('/')[0]) && !isAlone(name);
  const isLong = (name) => LONG.some((part) => name.startsWith(part));
  const longFirst = (some) => [...some.filter(isLong), ...some.filter((name) => !isLong(name))];
  return [
    {
      names: longFirst(names.filter((name) => !isAlone(name) && !isHerds(name))),
      atOnce: LIGHT_AT_ONCE,
    },
    { names: longFirst(names.filter(isHerds)), atOnce: HERDS_AT_ONCE },
    { names: names.filter(isAlone), atOnce: 1 },
  ];
}
