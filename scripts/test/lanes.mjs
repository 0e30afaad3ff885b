import { availableParallelism } from 'node:os';

/**
 * Rooms whose tests run servers, ffmpeg or nats-server: one file at a time. Two herds that start side by side on two cores keep each
 * other's control threads waiting for seconds, and a sound server may then be fenced, as SPEC allows.
 */
const HERDS = ['actors', 'attack', 'cluster', 'faults', 'foreign-cameras', 'foreign-players', 'nats', 'warden'];
/** Begun first, so that the others run beside them and not after them. */
const LONG = ['sigterm', 'simulation/'];
/** One more than there are cores, and never less than three: most files wait for a process or for the clock now and then. */
const LIGHT_AT_ONCE = Math.max(3, availableParallelism() + 1);

/**
 * The test files in the lanes in which they run, one lane after the other.
 *
 * @param {readonly string[]} names such as `cluster/reload`
 * @returns {{ names: string[], atOnce: number }[]}
 */
export function lanesOf(names) {
  const isHerds = (name) => HERDS.includes(name.split('/')[0]);
  const isLong = (name) => LONG.some((part) => name.startsWith(part));
  const light = names.filter((name) => !isHerds(name));
  return [
    { names: [...light.filter(isLong), ...light.filter((name) => !isLong(name))], atOnce: LIGHT_AT_ONCE },
    { names: names.filter(isHerds), atOnce: 1 },
  ];
}
