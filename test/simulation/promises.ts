import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { Random } from './random.ts';
import { makeWorld, type RunResult, result } from './run.ts';
import type { World } from './world.ts';

const SETTLE_MS = 15_000;
const BETWEEN_OUTAGES_MS = 12_000;
/**
 * L3 is promised for an outage shorter than Fslow less this: the last renewal may have been a second old when the bus died,
 * and the first one after it must be acknowledged before Fslow is over.
 */
export const SLOW_MARGIN_MS = 2000;

/** A herd that has settled, in calm weather, without a placement that changes its mind: only what is named below happens. */
function settled(seed: number, least: number): { readonly world: World; readonly random: Random } {
  const random = new Random(seed);
  const servers = random.chance(0.9) ? random.integer(least, 6) : random.integer(7, 20);
  const world = makeWorld(servers, DEFAULT_TIMES, { seed, streams: { handBackEveryMs: 0 } }, random);
  world.network.loss = 0;
  world.network.repeat = 0;
  for (const host of world.hosts) world.clock.after(random.between(0, 3000), () => host.start());
  world.run(SETTLE_MS);
  return { world, random };
}

/** L2: stalls and outages of the bus, as long as they like, and nothing else. No capture may end. */
export function runBusFaults(seed: number): RunResult {
  const { world, random } = settled(seed, 1);
  const before = world.ledger.ended;
  for (let outages = random.integer(1, 6); outages > 0; outages -= 1) {
    const forMs = random.chance(0.2) ? random.between(30_000, 120_000) : random.between(50, 20_000);
    const what = breakBus(world, random, forMs);
    world.run(world.clock.nowMs + forMs + random.between(0, BETWEEN_OUTAGES_MS));
    const ended = world.ledger.ended - before;
    if (ended > 0) world.violate('L2', `${ended} captures ended by nothing but: ${what}`);
  }
  return result(seed, world, 0);
}

/** L3: one host of three or more is lost, and the bus with it. No capture of the others may end. */
export function runHostWithBus(seed: number): RunResult {
  const { world, random } = settled(seed, 3);
  const victim = random.pick(world.hosts);
  const doomed = victim.captures.count;
  const before = world.ledger.ended;
  world.clock.after(random.between(0, 500), () => victim.lose());
  const forMs = random.between(500, DEFAULT_TIMES.fenceSlowMs - SLOW_MARGIN_MS);
  const what = breakBus(world, random, forMs);
  world.run(world.clock.nowMs + forMs + DEFAULT_TIMES.evictSlowMs);
  const ended = world.ledger.ended - before - doomed;
  if (ended > 0) world.violate('L3', `${ended} captures of others ended by the loss of ${victim.name} with: ${what}`);
  const missing = world.streamsWithoutCapture();
  if (missing.length > 0) world.violate('L1', `not captured after the bus is back: ${missing.join(', ')}`);
  return result(seed, world, 0);
}

function breakBus(world: World, random: Random, forMs: number): string {
  const { clock, network, servers, owners } = world;
  const how = random.pick([
    'JetStream stalls',
    'the whole bus is down',
    'JetStream is down',
    'the bus carries no messages',
  ] as const);
  const what = `${how} for ${Math.round(forMs)} ms`;
  world.timeline.note(clock.nowMs, '--', what);
  if (how === 'JetStream stalls') {
    for (const bucket of [servers, owners]) bucket.stalledUntilMs = clock.nowMs + forMs;
    return what;
  }
  for (const cut of ['jetstream', 'the core'] as const) {
    if (cut === 'jetstream' ? how === 'the bus carries no messages' : how === 'JetStream is down') continue;
    network.cut(cut);
    clock.after(forMs, () => network.heal(cut));
  }
  return what;
}
