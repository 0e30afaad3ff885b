import { Random } from '../support/random.ts';
import { streamName } from '../support/stream-names.ts';
import type { ScheduledFault } from './fault.ts';
import { ALL_FAULTS, drawFaults, type FaultName } from './faults.ts';
import type { HostPlan, Plan, StreamPlan } from './plan.ts';

/** Everything of a run that was drawn before the run began. To shrink a run is to leave some of it out. */
export interface Scenario extends Plan {
  readonly faults: readonly ScheduledFault[];
  /** From here on nothing is broken any more. */
  readonly calmMs: number;
}

export interface ScenarioOptions {
  readonly seed: number;
  /** Default: drawn from the seed, 1 to 20, mostly few. */
  readonly servers?: number;
  /** Default: drawn from the seed, mostly few. */
  readonly streams?: number;
  /** Which faults may happen. Default: all. */
  readonly among?: readonly FaultName[];
  /** Default: drawn from the seed. */
  readonly everyMs?: number;
  /** All servers and all streams alike, and no pins. */
  readonly isUniform?: boolean;
  /** All streams are recorded, and each host has an archive. */
  readonly isRecorded?: boolean;
}

const SETTLE_MS = 10_000;
/** Longer than a ride and its end, mostly. */
const FAULTS_MS = [30_000, 60_000, 120_000] as const;

export function drawScenario(options: ScenarioOptions): Scenario {
  const { seed, servers, streams, among = ALL_FAULTS, everyMs, isUniform = false, isRecorded = false } = options;
  const random = new Random(seed);
  const hosts = drawHosts(random, servers ?? drawServers(random), isUniform);
  const lines = drawStreams(random, hosts, streams ?? drawStreamCount(random, hosts.length), isUniform);
  const calmMs = SETTLE_MS + random.pick(FAULTS_MS);
  const pace = everyMs ?? random.pick([1500, 4000, 10_000]);
  const stage = { hosts: hosts.map(({ name }) => name), streams: lines.map(({ name }) => name) };
  const faults = drawFaults(random.branch(), stage, { fromMs: SETTLE_MS, untilMs: calmMs, everyMs: pace, among });
  const streamPlans = isRecorded ? lines.map((line) => ({ ...line, isRecorded })) : lines;
  return { seed, hosts, streams: streamPlans, faults, calmMs };
}

/** Which parts of it are left, for replaying a shrunk run. */
export function partsOf({ hosts, streams, faults }: Scenario): string {
  const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name).join(',');
  return [names(hosts), names(streams), faults.map(({ index }) => index).join(',')].join('/');
}

/** The scenario with nothing but those parts. */
export function onlyParts(scenario: Scenario, parts: string): Scenario {
  const [hosts = '', streams = '', faults = ''] = parts.split('/');
  const among = (list: string) => new Set(list.split(','));
  const [keptHosts, keptStreams, keptFaults] = [among(hosts), among(streams), among(faults)];
  return {
    ...scenario,
    hosts: scenario.hosts.filter(({ name }) => keptHosts.has(name)),
    streams: scenario.streams.filter(({ name }) => keptStreams.has(name)),
    faults: scenario.faults.filter(({ index }) => keptFaults.has(String(index))),
  };
}

function drawServers(random: Random): number {
  return random.chance(0.03) ? random.integer(7, 20) : random.integer(1, 6);
}

function drawHosts(random: Random, count: number, isUniform: boolean): HostPlan[] {
  const differ = random.chance(0.2) && !isUniform;
  const isLossy = random.chance(0.4);
  const survivor = random.integer(0, count - 1);
  return Array.from({ length: count }, (_, index) => ({
    name: `s${String(index + 1).padStart(2, '0')}`,
    capacity: differ ? random.pick([1, 1, 2, 0.5]) : 1,
    startMs: random.between(0, 3000),
    isLostAtLast: isLossy && index !== survivor && random.chance(0.4),
  }));
}

function drawStreamCount(random: Random, servers: number): number {
  const kind = random.next();
  if (kind < 0.75) return Math.min(2 * servers, 10);
  return kind < 0.97 ? random.integer(1, 24) : random.integer(60, 120);
}

function drawStreams(random: Random, hosts: readonly HostPlan[], count: number, isUniform: boolean): StreamPlan[] {
  const pinned = random.chance(0.3) && !isUniform ? 0.3 : 0;
  const differ = random.chance(0.15) && !isUniform;
  return Array.from({ length: count }, (_, index) => ({
    name: streamName(`cam${index + 1}`),
    weight: differ ? random.pick([1, 1, 2, 0.3]) : 1,
    ...(random.chance(pinned) && { captureAt: random.pick(hosts).name }),
  }));
}
