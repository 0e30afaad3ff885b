import { MAX_RETURN_DELAY_MS } from '../../src/domain/placement/return-history.ts';
import { RESTART_DELAYS_MS } from '../../src/domain/restart-policy.ts';
import { DEFAULT_TIMES, type Times } from '../../src/domain/times.ts';
import { unevenness } from './evenness.ts';
import { throwFaults } from './faults.ts';
import { historyOf } from './history.ts';
import { LATEST_LANDING_MS } from './jetstream.ts';
import { comeHome } from './recording/coming-home.ts';
import { drawScenario, type Scenario, type ScenarioOptions } from './scenario.ts';
import { type Sabotage, type Violation, World } from './world.ts';

/** The terms of a run, besides the scenario that was drawn. */
export interface Terms {
  readonly times?: Times;
  readonly wardens?: boolean;
  readonly sabotage?: Sabotage;
}

export interface RunResult {
  readonly scenario: Scenario;
  readonly violations: readonly Violation[];
  readonly simulatedMs: number;
  readonly evictions: number;
  readonly moves: number;
  /** Packs that a holder has erased. */
  readonly erased: number;
  /** After the last fault: until every stream was captured; and until the herd was even. */
  readonly recoveredAfterMs: number;
  readonly evenAfterMs: number;
  timeline(sinceMs?: number): string;
  /** The same for runs in which the same has happened. */
  history(): string;
}

/**
 * A ride that ends within a run, so that its end is explored too; no wait longer than `timesProblems` demands; and sources
 * that are given up within a run.
 */
export const SHORT_RIDE: Times = {
  ...DEFAULT_TIMES,
  evictSlowMs: 12_500,
  rideMs: 30_000,
  evictRideMs: 30_868,
  sourceTimeoutMs: 4000,
};

const STEP_MS = 1000;
/** After the longest silence that must be waited out: a fence, a rest, a restart, a join, a claim after the heir's grace. */
const REJOIN_MS = 10_000;
/** The longest pause between two attempts at a source, with its jitter. */
const SOURCE_RETRY_MS = Math.max(...RESTART_DELAYS_MS) * 1.25;
/** Every server with a connection notices a loss of data within half a minute (`src/domain/membership/aftermath.ts`). */
const LOSS_NOTICED_MS = 30_000;
/** A loss that only the leader shows has to be confirmed for 3 s; questions may get lost. */
const CONFIRMED_MS = 6000;
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 700;
/** Once no server flaps any more: this many rounds of `MOVES_PER_SERVER` moves, each a hand-back and a claim. */
const EVENING_OUT_MS = 60_000;
/** P2: a herd that was even and moved nothing for so long is at rest, and moves nothing any more. */
const AT_REST_MS = 10_000;
/** P2: no stream changes its server more often than this after the last fault. */
const MAX_CALM_MOVES = 8;

/** One run with everything that can go wrong, for all that must hold then. */
export function run(options: ScenarioOptions & Terms): Promise<RunResult> {
  return play(drawScenario(options), options);
}

export async function play(scenario: Scenario, terms: Terms = {}): Promise<RunResult> {
  const world = makeWorld(scenario, terms, SHORT_RIDE);
  throwFaults(world, scenario.faults);
  await world.run(scenario.calmMs);
  world.clock.after(1, () => {
    for (const host of world.hosts) if (host.plan.isLostAtLast) host.lose();
  });
  await world.run(scenario.calmMs + 2);
  const recoveredAfterMs = await recover(world);
  const evenAfterMs = await evenOut(world);
  await rest(world, scenario.calmMs);
  await lookAtViews(world);
  await comeHome(world);
  return resultOf(scenario, world, { recoveredAfterMs, evenAfterMs });
}

export function makeWorld(scenario: Scenario, { wardens = true, sabotage = {}, ...terms }: Terms, times: Times): World {
  return new World(scenario, { times: terms.times ?? times, wardens, sabotage });
}

export function resultOf(
  scenario: Scenario,
  world: World,
  times: Pick<RunResult, 'recoveredAfterMs' | 'evenAfterMs'> = { recoveredAfterMs: 0, evenAfterMs: 0 },
): RunResult {
  return {
    scenario,
    violations: world.violations,
    simulatedMs: world.clock.nowMs,
    evictions: world.evictions,
    moves: world.owners.moves.length,
    erased: world.recordings?.erased ?? 0,
    ...times,
    timeline: (sinceMs = 0) => world.timeline.text(sinceMs),
    history: () => historyOf(world),
  };
}

/**
 * L1: when nothing is broken any more, every stream is captured within this time. Some hosts never came back. If the record of a lost
 * session names a session that lives, has ended, or is evicted, the longest wait is Eslow. If it names no session, or only lost ones, the
 * lost sessions may still ride out of sight, and the others have to wait for as long as a ride. A late write of a lost session starts its
 * time again.
 */
export function recoveryMs(world: World): number {
  const { evictSlowMs, evictRideMs } = world.times;
  const records = world.serverRecords().filter(({ state }) => state !== 'down');
  const waiting = new Map(
    records.filter(({ server }) => world.host(server)?.running !== true).map((it) => [it.session, it.peers]),
  );
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const [session, peers] of waiting) if (peers.some((it) => !waiting.has(it))) waiting.delete(session);
  }
  const silenceMs = waiting.size > 0 ? evictRideMs : 2 * evictSlowMs;
  const { lostDataMs } = world;
  const aftermathMs = lostDataMs === undefined ? 0 : lostDataMs + LOSS_NOTICED_MS + evictRideMs - world.clock.nowMs;
  return Math.max(silenceMs, aftermathMs) + LATEST_LANDING_MS + REJOIN_MS + SOURCE_RETRY_MS;
}

async function recover(world: World): Promise<number> {
  const limitMs = recoveryMs(world);
  const tookMs = await until(world, limitMs, () => world.streamsWithoutCapture().length === 0);
  const missing = world.streamsWithoutCapture();
  if (tookMs >= limitMs && missing.length > 0) world.violate('L1', `not captured: ${missing.join(', ')}`);
  return tookMs;
}

/** P1. A server that flapped gets its streams late. */
async function evenOut(world: World): Promise<number> {
  const limitMs = MAX_RETURN_DELAY_MS + EVENING_OUT_MS;
  const tookMs = await until(world, limitMs, () => isAtRest(world));
  const why = unevenness(world);
  if (tookMs >= limitMs && why !== undefined) world.violate('P1', why);
  return tookMs;
}

/** P2. A stream that failed on a server a while ago may still go back to it. */
async function rest(world: World, calmMs: number): Promise<void> {
  const wanderer = wandering(world, calmMs);
  if (wanderer !== undefined)
    world.violate('P2', `${wanderer} moved more than ${MAX_CALM_MOVES} times after the last fault`);
  if (world.streams.some(({ name }) => (world.owners.recordOf(name)?.failedBy ?? []).length > 0)) return;
  const before = world.owners.moves.length;
  await world.run(world.clock.nowMs + AT_REST_MS);
  const moved = world.owners.moves.slice(before).map(({ stream, from, to }) => `${stream} from ${from} to ${to}`);
  if (moved.length > 0) world.violate('P2', `the herd was whole and even, and yet moved ${moved.join(', ')}`);
}

/** D4. The next round of comparison finds the last changes that a view may have missed; a change that is on its way at one look has arrived at the next. */
async function lookAtViews(world: World): Promise<void> {
  let wrong = world.wrongKeys();
  if (wrong.length > 0) await world.run(world.clock.nowMs + LOSS_NOTICED_MS + CONFIRMED_MS);
  for (let looks = 0; looks < LOOKS && wrong.length > 0; looks += 1) {
    const now = new Set(world.wrongKeys());
    wrong = wrong.filter((it) => now.has(it));
    await world.run(world.clock.nowMs + BETWEEN_LOOKS_MS);
  }
  if (wrong.length > 0) world.violate('D4', `these are not as the bucket has them: ${wrong.join(', ')}`);
}

/** All streams are captured, evenly, and none has moved for a while. */
export function isAtRest(world: World): boolean {
  const { clock, owners, lostDataMs } = world;
  const quietMs = clock.nowMs - (owners.moves.at(-1)?.atMs ?? 0);
  if (lostDataMs !== undefined && clock.nowMs - lostDataMs < LOSS_NOTICED_MS) return false;
  return quietMs > AT_REST_MS && world.streamsWithoutCapture().length === 0 && unevenness(world) === undefined;
}

function wandering({ owners }: World, sinceMs: number): string | undefined {
  const counts = new Map<string, number>();
  for (const { atMs, stream } of owners.moves) if (atMs > sinceMs) counts.set(stream, (counts.get(stream) ?? 0) + 1);
  return [...counts].find(([, count]) => count > MAX_CALM_MOVES)?.[0];
}

/** How long it took, at most `limitMs`. */
async function until(world: World, limitMs: number, isDone: () => boolean): Promise<number> {
  const startMs = world.clock.nowMs;
  // The condition need not hold all the time: a hand-back in progress is no failure.
  while (world.clock.nowMs - startMs < limitMs && world.violations.length === 0) {
    await world.run(world.clock.nowMs + STEP_MS);
    // A server that was told to leave may have left late; its host is still there, so it is started again.
    for (const host of world.hosts) host.start();
    if (isDone()) break;
  }
  return world.clock.nowMs - startMs;
}
