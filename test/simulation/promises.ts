import { MOVES_PER_SERVER } from '../../src/domain/placement/placement.ts';
import { MAX_RETURN_DELAY_MS } from '../../src/domain/placement/return-history.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { Random } from '../support/random.ts';
import { unevenness } from './evenness.ts';
import type { Host } from './host.ts';
import type { Cut } from './network.ts';
import type { Move } from './owner-log.ts';
import { isAtRest, makeWorld, type RunResult, resultOf, type Terms } from './run.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import type { World } from './world.ts';

const SETTLE_STEP_MS = 1000;
const SETTLED_WITHIN_MS = 180_000;
const BETWEEN_OUTAGES_MS = 12_000;
const BETWEEN_CUT_AND_OUTAGE_MS = 40_000;
/**
 * L3 is promised for an outage shorter than Fslow less this: the last renewal may have been a second old when the bus died,
 * and the first one after it must be acknowledged before Fslow is over.
 */
export const SLOW_MARGIN_MS = 2000;
/** From a change of the herd to the last move that it causes: an eviction, a return, and some moves at a time. */
const MOVES_WITHIN_MS = 40_000;

const UNABLE_MS = 300_000;
/** 5 s after each other, then 10, 20, 40, 80 and 160 s: a few streams each time. */
const MOST_MISSED = 7 * MOVES_PER_SERVER;

/** When dozens of streams are handed over, views that differ for milliseconds may place one stream too many on a server, and it moves once more. */
const CORRECTED = 0.02;

interface Settled {
  readonly scenario: Scenario;
  readonly world: World;
  readonly random: Random;
}

interface Wishes {
  /** A server that is not started. */
  readonly late?: string;
  readonly isUniform?: boolean;
}

/** A herd that has settled, in calm weather: only what is done to it below happens. */
async function settled(
  seed: number,
  least: number,
  terms: Terms,
  { late, isUniform = false }: Wishes = {},
): Promise<Settled> {
  const random = new Random(seed);
  const servers = random.chance(0.9) ? random.integer(least, 6) : random.integer(7, 12);
  const drawn = drawScenario({ seed, servers, among: [], isUniform });
  const hosts = drawn.hosts.map((host) => ({ ...host, startMs: host.name === late ? Infinity : host.startMs }));
  const scenario = { ...drawn, hosts };
  const world = makeWorld(scenario, terms, DEFAULT_TIMES);
  world.network.weather({ loss: 0, repeat: 0 });
  while (!isAtRest(world) && world.clock.nowMs < SETTLED_WITHIN_MS) await world.run(world.clock.nowMs + SETTLE_STEP_MS);
  const uneven = unevenness(world);
  if (uneven !== undefined) world.violate('P1', `in calm weather: ${uneven}`);
  else if (!isAtRest(world)) world.violate('P2', 'streams go on moving in calm weather');
  return { scenario, world, random };
}

/** L2: stalls and outages of the bus, however long, and no other fault. No capture may end. */
export async function runBusFaults(seed: number, terms: Terms = {}): Promise<RunResult> {
  const { scenario, world, random } = await settled(seed, 1, terms);
  const before = world.ledger.ended;
  for (let outages = random.integer(1, 6); outages > 0; outages -= 1) {
    const forMs = random.chance(0.2) ? random.between(30_000, 120_000) : random.between(50, 20_000);
    const what = breakBus(world, random, forMs);
    await world.run(world.clock.nowMs + forMs + random.between(0, BETWEEN_OUTAGES_MS));
    const ended = world.ledger.ended - before;
    if (ended > 0) world.violate('L2', `${ended} captures ended by nothing but: ${what}`);
  }
  return resultOf(scenario, world);
}

/**
 * L2 again, in a herd where beats cannot go straight everywhere: two servers of three or more that cannot open connections to
 * each other, or one of two or more whose port no server can connect to. With any lead before the bus breaks, or none.
 */
export async function runBusFaultsBesideCuts(seed: number, terms: Terms = {}): Promise<RunResult> {
  const { scenario, world, random } = await settled(seed, 2, terms);
  const before = world.ledger.ended;
  const names = world.hosts.map(({ name }) => name);
  for (let outages = random.integer(1, 3); outages > 0; outages -= 1) {
    const cuts = cutsBesideOutages(names, random);
    for (const cut of cuts) world.network.cut(cut);
    world.note('--', `cut ${cuts.join(', ')}`);
    await world.run(world.clock.nowMs + random.between(0, BETWEEN_CUT_AND_OUTAGE_MS));
    const forMs = random.between(50, 20_000);
    const what = breakBus(world, random, forMs);
    await world.run(world.clock.nowMs + forMs + random.between(0, BETWEEN_OUTAGES_MS));
    for (const cut of cuts) world.network.heal(cut);
    const ended = world.ledger.ended - before;
    if (ended > 0) world.violate('L2', `${ended} captures ended by: ${what}, beside ${cuts.join(', ')}`);
  }
  return resultOf(scenario, world);
}

function cutsBesideOutages(names: readonly string[], random: Random): Cut[] {
  const one = random.pick(names);
  if (names.length === 2 || random.chance(0.5)) return [`beats port of ${one}`];
  const other = random.pick(names.filter((name) => name !== one));
  return random.chance(0.5) ? [`direct ${one}>${other}`] : [`direct ${one}>${other}`, `direct ${other}>${one}`];
}

/** L3: one host of three or more is lost, and the bus with it. No capture of the others may end. */
export async function runHostWithBus(seed: number, terms: Terms = {}): Promise<RunResult> {
  const { scenario, world, random } = await settled(seed, 3, terms);
  const victim = random.pick(world.hosts);
  const before = world.stopped.length;
  world.clock.after(random.between(0, 500), () => victim.lose());
  const forMs = random.between(500, DEFAULT_TIMES.fenceSlowMs - SLOW_MARGIN_MS);
  const what = breakBus(world, random, forMs);
  await world.run(world.clock.nowMs + forMs + DEFAULT_TIMES.evictSlowMs);
  const ended = world.stopped.slice(before).filter((server) => server !== victim.name).length;
  if (ended > 0) world.violate('L3', `${ended} captures of others ended by the loss of ${victim.name} with: ${what}`);
  const missing = world.streamsWithoutCapture();
  if (missing.length > 0) world.violate('L1', `not captured after the bus is back: ${missing.join(', ')}`);
  return resultOf(scenario, world);
}

/**
 * P1 and P2, change by change, among equal servers and streams: a loss, a drain or a leave moves the streams of that server and no other; a join moves nothing
 * but to the newcomer, and not more than its share; each stream moves at most once.
 */
export async function runMovement(seed: number, terms: Terms = {}): Promise<RunResult> {
  const { scenario, world, random } = await settled(seed, 2, terms, { late: 's02', isUniform: true });
  const change = random.pick(['join', 'loss', 'drain', 'leave'] as const);
  const names = world.hosts.filter(({ running }) => running).map(({ name }) => name);
  const concerned = world.host(change === 'join' ? 's02' : random.pick(names));
  if (concerned === undefined || (change !== 'join' && names.length < 2)) return resultOf(scenario, world);
  const had = streamsOf(world, concerned);
  const before = world.owners.moves.length;
  world.note('--', `${change} of ${concerned.name}`);
  if (change === 'join') concerned.start();
  else if (change === 'loss') concerned.lose();
  else if (change === 'drain') concerned.drain(true);
  else concerned.leave();
  await world.run(world.clock.nowMs + MOVES_WITHIN_MS);
  const moves = world.owners.moves.slice(before);
  const problem =
    change === 'join'
      ? joinProblem(world, concerned, moves)
      : lossProblem(concerned, { had, streams: world.streams.length }, moves);
  if (problem !== undefined) world.violate('P2', `${change} of ${concerned.name}: ${problem}`);
  const uneven = unevenness(world);
  if (uneven !== undefined) world.violate('P1', `${change} of ${concerned.name}: ${uneven}`);
  return resultOf(scenario, world);
}

/**
 * P2: a host comes back and cannot write to the bucket `owners`, so it claims nothing of what is handed back for it. It looks well to the
 * others, and must not cost them a capture every few seconds.
 */
export async function runUnableHeir(seed: number, terms: Terms = {}): Promise<RunResult> {
  const { scenario, world, random } = await settled(seed, 3, terms, { isUniform: true });
  const heir = random.pick(world.hosts);
  heir.lose();
  await world.run(world.clock.nowMs + MOVES_WITHIN_MS);
  const before = world.ledger.ended;
  world.note('--', `${heir.name} comes back, and cannot write to owners`);
  world.network.cut(`owners of ${heir.name}`);
  heir.boot();
  await world.run(world.clock.nowMs + UNABLE_MS);
  const ended = world.ledger.ended - before;
  if (ended > MOST_MISSED) world.violate('P2', `${ended} captures ended for ${heir.name}, which claims nothing`);
  world.network.heal(`owners of ${heir.name}`);
  // It counts as one that failed for so long at most, and then what has moved meanwhile rests.
  await world.run(world.clock.nowMs + 2 * MAX_RETURN_DELAY_MS + MOVES_WITHIN_MS);
  const uneven = unevenness(world);
  if (uneven !== undefined) world.violate('P1', `when ${heir.name} can write again: ${uneven}`);
  return resultOf(scenario, world);
}

function streamsOf(world: World, { name }: Host): ReadonlySet<string> {
  const streams = world.streams.map((stream) => stream.name);
  return new Set(streams.filter((stream) => world.owners.recordOf(stream)?.server === name));
}

function lossProblem(
  host: Host,
  { had, streams }: { readonly had: ReadonlySet<string>; readonly streams: number },
  moves: readonly Move[],
): string | undefined {
  const others = moves.filter(({ stream }) => !had.has(stream));
  const [other] = others;
  if (other !== undefined && others.length > streams * CORRECTED)
    return `${other.stream} of ${other.from} moved to ${other.to}`;
  const back = moves.find(({ to }) => to === host.name);
  return back !== undefined ? `${back.stream} moved to it` : twice(moves);
}

function joinProblem(world: World, host: Host, moves: readonly Move[]): string | undefined {
  const other = moves.find(({ to }) => to !== host.name);
  if (other !== undefined) return `${other.stream} moved from ${other.from} to ${other.to}`;
  const up = world.hosts.filter(({ running }) => running).length;
  const share = Math.ceil(world.streams.length / up);
  if (moves.length > share) return `${moves.length} streams moved to it, and its share is ${share}`;
  return twice(moves);
}

function twice(moves: readonly Move[]): string | undefined {
  const streams = moves.map(({ stream }) => stream);
  const again = streams.find((stream, index) => streams.indexOf(stream) !== index);
  return again === undefined ? undefined : `${again} moved more than once`;
}

function breakBus(world: World, random: Random, forMs: number): string {
  const { clock, network, buckets } = world;
  const how = random.pick([
    'JetStream stalls',
    'the whole bus is down',
    'JetStream is down',
    'the bus carries no messages',
  ] as const);
  const what = `${how} for ${Math.round(forMs)} ms`;
  world.note('--', what);
  if (how === 'JetStream stalls') {
    for (const bucket of Object.values(buckets)) bucket.stalledUntilMs = clock.nowMs + forMs;
    return what;
  }
  for (const cut of ['jetstream', 'the core'] as const) {
    if (cut === 'jetstream' ? how === 'the bus carries no messages' : how === 'JetStream is down') continue;
    network.cut(cut);
    clock.after(forMs, () => network.heal(cut));
  }
  return what;
}
