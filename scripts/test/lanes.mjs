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
  'actors/real-sources': { cores: 0.3, seconds: 18 },
  'actors/sound': { cores: 0.2, seconds: 20 },
  'archive/real-disks': { cores: 0.3, seconds: 22 },
  'attack/campaign': { cores: 1.4, seconds: 80 },
  'cluster/amnesia': { cores: 0.45, seconds: 58 },
  'cluster/amnesia-replicated': { cores: 0.5, seconds: 20 },
  'cluster/archive-hanging': { cores: 0.2, seconds: 42 },
  'cluster/archive-operating': { cores: 0.3, seconds: 12 },
  'cluster/archive-playback': { cores: 0.65, seconds: 40 },
  'cluster/archive-return': { cores: 0.5, seconds: 25 },
  'cluster/archive-sliding': { cores: 0.4, seconds: 45 },
  'cluster/browser': { cores: 0.55, seconds: 45 },
  'cluster/command-line': { cores: 0.6, seconds: 14 },
  'cluster/crash': { cores: 0.7, seconds: 25 },
  'cluster/definitions': { cores: 0.6, seconds: 12 },
  'cluster/failures': { cores: 0.5, seconds: 38 },
  'cluster/flood': { cores: 1.6, seconds: 14 },
  'cluster/herd-of-three': { cores: 0.7, seconds: 30 },
  'cluster/host-loss': { cores: 0.7, seconds: 25 },
  'cluster/installed-package': { cores: 0.7, seconds: 30 },
  'cluster/lone-server': { cores: 0.6, seconds: 10 },
  'cluster/recording': { cores: 0.35, seconds: 40 },
  'cluster/riding-out': { cores: 0.45, seconds: 60 },
  'cluster/self-check': { cores: 0.7, seconds: 21 },
  'cluster/unreachable': { cores: 0.4, seconds: 20 },
  'cluster/upgrade': { cores: 0.7, seconds: 21 },
  'cluster/homes': { cores: 0.5, seconds: 18 },
  'demo/cameras/camera-server': { cores: 0.3, seconds: 20 },
  'documents/guide': { cores: 1, seconds: 15 },
  'faults/campaign': { cores: 0.7, seconds: 100 },
  'foreign-cameras/foreign-cameras': { cores: 0.6, seconds: 28 },
  'foreign-players/archive-players': { cores: 0.4, seconds: 60 },
  'foreign-players/foreign-players': { cores: 0.55, seconds: 60 },
  'http/pages/embed-page': { cores: 0.5, seconds: 14 },
  'nats/buckets/watch': { cores: 0.5, seconds: 14 },
  'nats/streams-that-went': { cores: 0.8, seconds: 16 },
  'nats/watch-cluster': { cores: 0.2, seconds: 20 },
  'returns/campaign': { cores: 0.7, seconds: 60 },
  'scripts/debian-package': { cores: 0.7, seconds: 25 },
  'scripts/test-runner': { cores: 0.4, seconds: 14 },
  server: { cores: 0.5, seconds: 14 },
  sigterm: { cores: 0.65, seconds: 32 },
  'simulation/planted': { cores: 1, seconds: 16 },
  'simulation/promises': { cores: 1, seconds: 18 },
  'simulation/simulation': { cores: 1, seconds: 18 },
  'web/dashboard': { cores: 0.9, seconds: 43 },
};
/** Many files in one process: they compute without a pause, or wait for the processes that they start. */
const SHARES = { fast: { cores: 1, seconds: 16 }, light: { cores: 0.4, seconds: 40 } };
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
