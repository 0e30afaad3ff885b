/**
 * What test files take of the machine: cores and seconds, measured on two cores and rounded. A file that is not named is short and takes
 * little. A wrong figure makes the run longer.
 *
 * The cores are the CPU of all processes of a file by its time, and for a herd a tenth more: it takes most of it in a few moments, and
 * two herds that start at once delay each other's ffmpegs. Three herds that mostly wait fit on two cores. What has bounds of its own, or
 * looks at each pull of a camera, counts as more than it takes, so that there is room: attacks, floods, faults, foreign cameras.
 */
export const MEASURED = {
  'actors/push/pushes': { cores: 0.35, seconds: 20 },
  'actors/real-sources': { cores: 0.15, seconds: 24 },
  'actors/sound': { cores: 0.15, seconds: 24 },
  'archive/real-disks': { cores: 0.15, seconds: 28 },
  'attack/campaign': { cores: 1.1, seconds: 100 },
  'cluster/amnesia': { cores: 0.3, seconds: 89 },
  'cluster/amnesia-replicated': { cores: 0.55, seconds: 22 },
  'cluster/archive-hanging': { cores: 0.15, seconds: 46 },
  'cluster/archive-operating': { cores: 0.3, seconds: 13 },
  'cluster/archive-playback': { cores: 0.5, seconds: 47 },
  'cluster/archive-return': { cores: 0.45, seconds: 26 },
  'cluster/archive-sliding': { cores: 0.3, seconds: 49 },
  'cluster/browser': { cores: 0.45, seconds: 52 },
  'cluster/command-line': { cores: 0.6, seconds: 16 },
  'cluster/crash': { cores: 0.7, seconds: 25 },
  'cluster/definitions': { cores: 0.6, seconds: 14 },
  'cluster/failures': { cores: 0.45, seconds: 41 },
  'cluster/flood': { cores: 1.6, seconds: 14 },
  'cluster/herd-of-three': { cores: 0.7, seconds: 31 },
  'cluster/host-loss': { cores: 0.5, seconds: 32 },
  'cluster/installed-package': { cores: 0.65, seconds: 40 },
  'cluster/lone-server': { cores: 0.7, seconds: 11 },
  'cluster/recording': { cores: 0.3, seconds: 47 },
  'cluster/riding-out': { cores: 0.35, seconds: 77 },
  'cluster/self-check': { cores: 0.8, seconds: 21 },
  'cluster/unreachable': { cores: 0.35, seconds: 22 },
  'cluster/upgrade': { cores: 0.65, seconds: 26 },
  'cluster/homes': { cores: 0.5, seconds: 17 },
  'demo/cameras/camera-server': { cores: 0.1, seconds: 22 },
  'documents/guide': { cores: 1, seconds: 11 },
  'faults/campaign': { cores: 0.5, seconds: 96 },
  'foreign-cameras/foreign-cameras': { cores: 0.45, seconds: 23 },
  'foreign-players/archive-players': { cores: 0.3, seconds: 71 },
  'foreign-players/foreign-players': { cores: 0.45, seconds: 39 },
  'http/pages/embed-page': { cores: 0.45, seconds: 15 },
  'nats/buckets/watch': { cores: 0.45, seconds: 19 },
  'nats/streams-that-went': { cores: 0.85, seconds: 18 },
  'nats/watch-cluster': { cores: 0.1, seconds: 28 },
  'returns/campaign': { cores: 0.6, seconds: 45 },
  'scripts/debian-package': { cores: 0.55, seconds: 19 },
  'scripts/test-runner': { cores: 0.15, seconds: 18 },
  server: { cores: 0.95, seconds: 7 },
  sigterm: { cores: 0.5, seconds: 37 },
  'simulation/planted': { cores: 1, seconds: 16 },
  'simulation/promises': { cores: 1, seconds: 18 },
  'simulation/simulation': { cores: 1, seconds: 20 },
  'web/dashboard': { cores: 0.85, seconds: 31 },
};
/** Many files in one process: they compute without a pause, or wait for the processes that they start. */
const SHARES = { fast: { cores: 0.9, seconds: 16 }, light: { cores: 0.3, seconds: 40 } };
const OTHERS = { cores: 0.3, seconds: 5 };
/** More than any file takes. */
const LONGEST_S = 1000;
/** Sums of tenths are not exact. */
const ROUNDING = 1e-9;

/**
 * Runs the test files side by side, so that what they take together stays within the cores. What takes most of the cores begins first, then
 * the longest. Shorter ones fill up what those leave, so that no core is idle while the last one runs.
 *
 * @param {readonly string[]} names such as `cluster/host-loss`
 * @param {number} cores
 * @param {(name: string) => Promise<void>} run
 * @param {Readonly<Record<string, { cores: number, seconds: number }>>} measured
 */
export async function inLanes(names, cores, run, measured = MEASURED) {
  const taken = new Map(names.map((name) => [name, takenBy(name, measured)]));
  const waiting = [...names].sort((left, right) => rank(taken.get(right)) - rank(taken.get(left)));
  const running = new Map();
  while (waiting.length > 0 || running.size > 0) {
    for (
      let next = fitting(waiting, running, cores, taken);
      next !== -1;
      next = fitting(waiting, running, cores, taken)
    ) {
      const [name] = waiting.splice(next, 1);
      running.set(
        name,
        run(name).finally(() => running.delete(name)),
      );
    }
    await Promise.race(running.values());
  }
}

/** What more than one core belongs to comes first: beside what is long, room for it would come late, and nothing else would be left. */
function rank({ cores, seconds }) {
  return cores > 1 ? seconds + LONGEST_S : seconds;
}

/** The index in `waiting` of the first file that may begin now, or -1. When no file runs, every file may. */
function fitting(waiting, running, cores, taken) {
  if (running.size === 0) return waiting.length > 0 ? 0 : -1;
  const sum = [...running.keys()].reduce((total, name) => total + taken.get(name).cores, 0);
  return waiting.findIndex((name) => sum + taken.get(name).cores <= cores + ROUNDING);
}

function takenBy(name, measured) {
  const [room = ''] = name.split('/');
  return measured[name] ?? SHARES[room] ?? OTHERS;
}
