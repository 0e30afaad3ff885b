/**
 * What a test file takes of the machine, in cores, on average while it runs. Measured on two cores: CPU of all its processes, by its time.
 * The first kind with a fitting beginning of the name counts.
 */
const KINDS = [
  // What takes a whole machine: attacks and floods, whose bounds are promises, and sixteen cameras at once.
  { starts: ['attack/campaign', 'foreign-cameras/', 'cluster/flood'], cores: Number.POSITIVE_INFINITY, rank: 3 },
  // Twelve cameras on three servers and three nodes of NATS; it waits for half of its time.
  { starts: ['faults/campaign'], cores: 1, rank: 0 },
  // Herds that wait for most of their time, for leases, outages and looks at each other, and single servers.
  {
    starts: [
      ...['cluster/amnesia', 'cluster/crash', 'cluster/riding-out', 'cluster/self-check', 'cluster/unreachable'],
      ...['cluster/upgrade', 'cluster/installed-package', 'cluster/lone-server', 'sigterm'],
    ],
    cores: 0.7,
    rank: 0,
  },
  // Other herds. Two of these on two cores make each other's ffmpegs wait for seconds, and a healthy server may be fenced, as SPEC allows.
  { starts: ['cluster/', 'foreign-players/'], cores: 1.2, rank: 0 },
  // They compute without a pause.
  { starts: ['simulation/', 'fast/'], cores: 1, rank: 1 },
];
/** All others: three at a time on two cores, since most wait for a process or the clock now and then. */
const LIGHT = { cores: 0.6, rank: 2 };

/**
 * Runs the test files side by side, so that what they take together stays within the cores. Herds begin first and the rest fills up
 * what they leave. What takes a whole machine comes last, one at a time.
 *
 * @param {readonly string[]} names such as `cluster/host-loss`
 * @param {number} cores
 * @param {(name: string) => Promise<void>} run
 */
export async function inLanes(names, cores, run) {
  const waiting = inOrder(names);
  const running = new Map();
  while (waiting.length > 0 || running.size > 0) {
    for (let next = fitting(waiting, running, cores); next !== -1; next = fitting(waiting, running, cores)) {
      const [name] = waiting.splice(next, 1);
      running.set(
        name,
        run(name).finally(() => running.delete(name)),
      );
    }
    await Promise.race(running.values());
  }
}

/** The index in `waiting` of the first file that may begin now, or -1. When no file runs, every file may. */
function fitting(waiting, running, cores) {
  if (running.size === 0) return waiting.length > 0 ? 0 : -1;
  const taken = [...running.keys()].reduce((sum, name) => sum + kindOf(name).cores, 0);
  return waiting.findIndex((name) => taken + kindOf(name).cores <= cores);
}

/** In a rank the largest files come first: smaller files fit beside them, but not the other way round. */
function inOrder(names) {
  const order = (left, right) =>
    left.rank - right.rank || Number(right.cores > left.cores) - Number(left.cores > right.cores);
  return [...names].sort((left, right) => order(kindOf(left), kindOf(right)));
}

function kindOf(name) {
  return KINDS.find(({ starts }) => starts.some((start) => name.startsWith(start))) ?? LIGHT;
}
