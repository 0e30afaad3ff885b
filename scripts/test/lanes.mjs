import { availableParallelism } from 'node:os';

/** Rooms whose tests run servers, ffmpeg or nats-server, and wait for them most of the time. */
const HERDS = ['actors', 'cluster', 'foreign-players', 'nats', 'warden'];
/** More side by side on two cores keep each other's control threads waiting, and a sound server may then be fenced, as SPEC allows. */
const HERDS_AT_ONCE = 2;
/** What takes a whole machine: attacks, faults and floods, whose bounds are promises, and sixteen cameras at once. */
const ALONE = ['attack/', 'faults/', 'foreign-cameras/', 'cluster/flood'];
/** Begun first, so that the others run beside them and not after them. */
const LONG = [
  'sigterm',
  'simulation/',
  'cluster/amnesia',
  'cluster/self-check',
  'cluster/upgrade',
  'cluster/installed-package',
];
/** One more than there are cores, and never less than three: most files wait for a process or for the clock now and then. */
const LIGHT_AT_ONCE = Math.max(3, availableParallelism() + 1);

/**
 * The test files in the lanes in which they run, one lane after the other.
 *
 * @param {readonly string[]} names such as `cluster/reload`
 * @returns {{ names: string[], atOnce: number }[]}
 */
export function lanesOf(names) {
  const isOneOf = (parts) => (name) => parts.some((part) => name.startsWith(part));
  const isAlone = isOneOf(ALONE);
  const isHerds = (name) => !isAlone(name) && HERDS.includes(name.split('/')[0]);
  const isLong = isOneOf(LONG);
  const longFirst = (those) => [...those.filter(isLong), ...those.filter((name) => !isLong(name))];
  return [
    { names: longFirst(names.filter((name) => !isAlone(name) && !isHerds(name))), atOnce: LIGHT_AT_ONCE },
    { names: longFirst(names.filter(isHerds)), atOnce: HERDS_AT_ONCE },
    { names: names.filter(isAlone), atOnce: 1 },
  ];
}
