import { DEFAULT_TIMES, type Times } from '../../src/domain/times.ts';
import { ALL_FAULTS, type FaultName, throwFaults } from './faults.ts';
import { LATEST_LANDING_MS } from './jetstream.ts';
import { Random } from './random.ts';
import type { StreamsModelOptions } from './streams-model.ts';
import { type Sabotage, type Violation, World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  /** Default: drawn from the seed, 1 to 20, mostly few. */
  readonly servers?: number;
  readonly times?: Times;
  readonly wardens?: boolean;
  readonly sabotage?: Sabotage;
  readonly streams?: Partial<StreamsModelOptions>;
  /** Which faults may happen. Default: all. */
  readonly among?: readonly FaultName[];
}

export interface RunResult {
  readonly seed: number;
  readonly servers: number;
  readonly violations: readonly Violation[];
  readonly simulatedMs: number;
  readonly evictions: number;
  /** After the last fault: until every stream was captured. */
  readonly recoveredAfterMs: number;
  timeline(): string;
}

const SETTLE_MS = 10_000;
const FAULTS_MS = 120_000;
/** A ride that ends within a run, so that its end is explored too; and no wait longer than `timesProblems` demands. */
export const SHORT_RIDE: Times = { ...DEFAULT_TIMES, evictSlowMs: 12_500, rideMs: 30_000, evictRideMs: 30_868 };
/** What the timeline of a failure begins with. */
const TIMELINE_MS = 60_000;

/** After the longest silence that must be waited out: a fence, a rest, a restart, a join, a claim after the heir's grace. */
const REJOIN_MS = 10_000;

/**
 * L1: when nothing is broken any more, every stream is captured within this. Some hosts never came back. The records of the
 * lost name somebody who lives, or has ended, or is evicted himself: then Eslow is the longest wait. Or they name nobody,
 * or only each other: then they may well ride somewhere out of sight, and have to be waited for as long as a ride. A write
 * of a lost one that lands late starts its time anew.
 */
export function recoveryMs(world: World): number {
  const { times } = world.options;
  const records = [...world.servers.entries.values()].map(({ value }) => value).filter(({ state }) => state !== 'down');
  const waiting = new Map(
    records.filter(({ server }) => !world.host(server).running).map((it) => [it.session, it.peers]),
  );
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const [session, peers] of waiting) if (peers.some((it) => !waiting.has(it))) waiting.delete(session);
  }
  return (waiting.size > 0 ? times.evictRideMs : 2 * times.evictSlowMs) + LATEST_LANDING_MS + REJOIN_MS;
}

/** One run with everything that can go wrong, for S1, S2 and L1. */
export function run(options: RunOptions): RunResult {
  const random = new Random(options.seed);
  const servers = options.servers ?? drawServers(random);
  const times = options.times ?? SHORT_RIDE;
  const world = makeWorld(servers, times, options, random);
  for (const host of world.hosts) world.clock.after(random.between(0, 3000), () => host.start());
  const untilMs = SETTLE_MS + FAULTS_MS;
  const everyMs = random.pick([1500, 4000, 10_000]);
  throwFaults(world, random.branch(), { fromMs: SETTLE_MS, untilMs, everyMs, among: options.among ?? ALL_FAULTS });
  world.run(untilMs);
  const survivor = random.pick(world.hosts);
  const lossy = random.chance(0.4);
  world.clock.after(1, () => {
    for (const host of world.hosts) {
      if (lossy && host !== survivor && random.chance(0.4)) host.lose();
      else host.start();
    }
  });
  world.run(untilMs + 2);
  const recoveredAfterMs = recover(world);
  return result(options.seed, world, recoveredAfterMs);
}

export function makeWorld(servers: number, times: Times, options: RunOptions, random: Random): World {
  const streams = Array.from({ length: Math.min(2 * servers, 10) }, (_, index) => `cam${index + 1}`);
  return new World(
    {
      servers,
      times,
      wardens: options.wardens ?? true,
      streams: { streams, heirGraceMs: times.heirGraceMs, handBackEveryMs: 20_000, ...options.streams },
      ...(options.sabotage === undefined ? {} : { sabotage: options.sabotage }),
    },
    random.branch(),
  );
}

export function result(seed: number, world: World, recoveredAfterMs: number): RunResult {
  return {
    seed,
    servers: world.hosts.length,
    violations: world.violations,
    simulatedMs: world.clock.nowMs,
    evictions: world.evictions,
    recoveredAfterMs,
    timeline: () => world.timeline.text(world.clock.nowMs - TIMELINE_MS),
  };
}

function drawServers(random: Random): number {
  if (random.chance(0.05)) return random.integer(7, 20);
  return random.integer(1, 6);
}

function recover(world: World): number {
  const startMs = world.clock.nowMs;
  const limitMs = startMs + recoveryMs(world);
  while (world.clock.nowMs < limitMs && world.violations.length === 0) {
    world.run(world.clock.nowMs + 1000);
    // One that was told to leave may have been slow to go; its host is still there.
    for (const host of world.hosts) host.start();
    // A hand-back in progress is no failure: what counts is that everything was captured once.
    if (world.streamsWithoutCapture().length === 0) return world.clock.nowMs - startMs;
  }
  const missing = world.streamsWithoutCapture();
  if (world.violations.length === 0) world.violate('L1', `not captured: ${missing.join(', ')}`);
  return world.clock.nowMs - startMs;
}
