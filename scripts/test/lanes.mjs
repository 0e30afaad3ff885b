import { availableParallelism } from 'node:os';

/** Whole herds. They wait for most of their time: for leases, captures, and what a test does to them. */
const HERDS = ['cluster/', 'foreign-players/'];
/** A herd wants two cores: two of them on those keep each other's ffmpegs waiting for seconds, and a sound server may be fenced, as SPEC allows. */
const HERDS_AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2));
/** A server, an ffmpeg or a nats-server, and much waiting: one of these runs beside a herd. */
const PARTS = ['sigterm', 'actors/', 'nats/', 'warden/'];
/** What takes a whole machine: attacks, faults and floods, whose bounds are promises, and sixteen cameras at once. */
const ALONE = ['attack/', 'faults/', 'foreign-cameras/', 'cluster/flood'];
/** Begun first, so that the others run beside them and not after them. */
const LONG = ['simulation/', 'cluster/amnesia', 'cluster/riding-out', 'cluster/command-line', 'cluster/self-check'];
/** Of all others: one more than there are cores, and never less than three, since most wait for a process or the clock now and then. */
const LIGHT_AT_ONCE = Math.max(3, availableParallelism() + 1);

/**
 * In which order the test files run: one stage after the other, and in a stage its lanes side by side.
 *
 * @param {readonly string[]} names such as `cluster/reload`
 * @returns {{ names: string[], atOnce: number }[][]}
 */
export function stagesOf(names) {
  const kinds = { alone: ALONE, herds: HERDS, parts: PARTS };
  const of = { alone: [], herds: [], parts: [], light: [] };
  for (const name of [...names.filter(isLong), ...names.filter((name) => !isLong(name))]) {
    const [kind = 'light'] = Object.entries(kinds).find(([, starts]) => isOneOf(starts, name)) ?? [];
    of[kind].push(name);
  }
  return [
    [{ names: of.light, atOnce: LIGHT_AT_ONCE }],
    [
      { names: of.herds, atOnce: HERDS_AT_ONCE },
      { names: of.parts, atOnce: 1 },
    ],
    [{ names: of.alone, atOnce: 1 }],
  ];
}

function isLong(name) {
  return isOneOf(LONG, name);
}

function isOneOf(starts, name) {
  return starts.some((start) => name.startsWith(start));
}
