import type { Host } from './host.ts';
import type { Cut } from './network.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Something that goes wrong at a moment, and how it ends. */
interface Fault {
  readonly what: string;
  readonly forMs: number;
  begin(): void;
  end(): void;
}

type FaultMaker = (world: World, random: Random) => Fault;

/** How often each fault is drawn, relative to the others. */
const FAULTS = {
  crash: [3, crash],
  hostLoss: [3, hostLoss],
  pause: [3, pause],
  sleep: [1, sleep],
  wallStep: [1, wallStep],
  stall: [4, stall],
  busOutage: [2, busOutage],
  coreOutage: [2, coreOutage],
  busCut: [3, busCut],
  jetStreamCut: [2, jetStreamCut],
  oneWayCut: [3, oneWayCut],
  mute: [2, mute],
  pairCut: [4, pairCut],
  isolation: [2, isolation],
  split: [3, split],
  deafWatch: [2, deafWatch],
  leave: [2, leave],
  badWeather: [2, badWeather],
} as const satisfies Record<string, readonly [number, FaultMaker]>;

export type FaultName = keyof typeof FAULTS;

export const ALL_FAULTS = Object.keys(FAULTS) as readonly FaultName[];

/**
 * Throws faults at the world from `fromMs` to `untilMs`, overlapping, on average every `everyMs`. Everything that was broken
 * is whole again at `untilMs`.
 */
export function throwFaults(
  world: World,
  random: Random,
  plan: {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly everyMs: number;
    readonly among: readonly FaultName[];
  },
): void {
  const { fromMs, untilMs, everyMs, among } = plan;
  let atMs = fromMs;
  for (;;) {
    atMs += random.between(0, 2 * everyMs);
    if (atMs >= untilMs) return;
    const fault = draw(random, among)(world, random);
    const endMs = Math.min(untilMs, atMs + fault.forMs);
    world.clock.after(atMs - world.clock.nowMs, () => {
      world.timeline.note(world.clock.nowMs, '--', fault.what);
      fault.begin();
    });
    world.clock.after(endMs - world.clock.nowMs, () => {
      world.timeline.note(world.clock.nowMs, '--', `over: ${fault.what}`);
      fault.end();
    });
  }
}

function draw(random: Random, among: readonly FaultName[]): FaultMaker {
  let left = random.next() * among.reduce((sum, name) => sum + FAULTS[name][0], 0);
  for (const name of among) {
    const [weight, maker] = FAULTS[name];
    left -= weight;
    if (left < 0) return maker;
  }
  return stall;
}

/** Mostly seconds, around the times of the protocol; now and then long. */
function duration(random: Random): number {
  return random.chance(0.15) ? random.between(15_000, 60_000) : random.between(200, 15_000);
}

function nothing(): void {}

function crash({ hosts }: World, random: Random): Fault {
  const host = random.pick(hosts);
  return { what: `crash ${host.name}`, forMs: 0, begin: () => host.crash(), end: nothing };
}

function hostLoss({ hosts }: World, random: Random): Fault {
  const host = random.pick(hosts);
  const forMs = Math.max(2000, duration(random));
  return { what: `lose host ${host.name}`, forMs, begin: () => host.lose(), end: () => host.boot() };
}

function pause({ hosts }: World, random: Random): Fault {
  const { machine } = random.pick(hosts);
  const begin = () => machine.pause();
  return { what: `stop the process of ${machine.name}`, forMs: duration(random), begin, end: () => machine.resume() };
}

function sleep(world: World, random: Random): Fault {
  const host = random.pick(world.hosts);
  // A step back and a sleep between two readings of the clocks cancel out: a limit, see SPEC.md.
  const begin = () => {
    if (world.clock.nowMs - host.machine.steppedMs > 1000) host.sleep();
  };
  return { what: `sleep ${host.name}`, forMs: duration(random), begin, end: () => host.machine.wake() };
}

function wallStep({ hosts }: World, random: Random): Fault {
  const { machine } = random.pick(hosts);
  const byMs = random.chance(0.5) ? random.between(-5000, 5000) : random.between(-3_600_000, 3_600_000);
  const begin = () => {
    if (!machine.asleep) machine.stepWall(byMs);
  };
  return { what: `step the wall clock of ${machine.name} by ${Math.round(byMs)} ms`, forMs: 0, begin, end: nothing };
}

/** JetStream elects: measured 4 to 9 s. Each bucket has its own leader. */
function stall({ clock, servers, owners }: World, random: Random): Fault {
  const forMs = random.between(3000, 9000);
  const hit = random.pick([[servers], [owners], [servers, owners], [servers, owners]]);
  const begin = () => {
    for (const bucket of hit) bucket.stalledUntilMs = clock.nowMs + forMs;
  };
  const end = () => {
    for (const bucket of hit) bucket.stalledUntilMs = Math.min(bucket.stalledUntilMs, clock.nowMs);
  };
  return { what: `stall of ${hit.map(({ name }) => name).join(' and ')}`, forMs, begin, end };
}

function cutting(world: World, what: string, forMs: number, cuts: readonly Cut[]): Fault {
  return {
    what,
    forMs,
    begin: () => {
      for (const it of cuts) world.network.cut(it);
    },
    end: () => {
      for (const it of cuts) world.network.heal(it);
    },
  };
}

function busOutage(world: World, random: Random): Fault {
  return cutting(world, 'the whole bus is down', duration(random), ['jetstream', 'the core']);
}

function coreOutage(world: World, random: Random): Fault {
  return cutting(world, 'the bus carries no messages', duration(random), ['the core']);
}

function busCut(world: World, random: Random): Fault {
  const { name } = random.pick(world.hosts);
  return cutting(world, `${name} loses the bus`, duration(random), [`to the bus ${name}`, `from the bus ${name}`]);
}

function jetStreamCut(world: World, random: Random): Fault {
  const { name } = random.pick(world.hosts);
  return cutting(world, `${name} loses JetStream`, duration(random), [`jetstream of ${name}`]);
}

function oneWayCut(world: World, random: Random): Fault {
  const { name } = random.pick(world.hosts);
  const cut: Cut = random.chance(0.5) ? `to the bus ${name}` : `from the bus ${name}`;
  return cutting(world, `one way: ${cut}`, duration(random), [cut]);
}

/** A host that hears everybody and is heard by nobody. */
function mute(world: World, random: Random): Fault {
  const { name } = random.pick(world.hosts);
  const cuts: Cut[] = [`to the bus ${name}`];
  for (const other of world.hosts) if (other.name !== name) cuts.push(`direct ${name}>${other.name}`);
  return cutting(world, `mute ${name}`, duration(random), cuts);
}

/** Some pairs cannot hear each other, one way or both, over the bus, around it or neither. Not transitive. */
function pairCut(world: World, random: Random): Fault {
  const cuts: Cut[] = [];
  for (let pairs = random.integer(1, 4); pairs > 0; pairs -= 1) {
    const from = random.pick(world.hosts).name;
    const to = random.pick(world.hosts).name;
    if (from === to) continue;
    const kinds = random.pick([['core'], ['direct'], ['core', 'direct'], ['core', 'direct']] as const);
    for (const kind of kinds) {
      cuts.push(`${kind} ${from}>${to}`);
      if (random.chance(0.5)) cuts.push(`${kind} ${to}>${from}`);
    }
  }
  return cutting(world, `cut ${cuts.join(', ')}`, duration(random), cuts);
}

/** A host without network. */
function isolation(world: World, random: Random): Fault {
  const { name } = random.pick(world.hosts);
  const cuts: Cut[] = [
    `to the bus ${name}`,
    `from the bus ${name}`,
    ...directCuts(world.hosts, (it) => it.name === name),
  ];
  return cutting(world, `isolate ${name}`, duration(random), cuts);
}

/** The network falls in two; one side keeps the bus. */
function split(world: World, random: Random): Fault {
  const away = new Set(world.hosts.filter(() => random.chance(0.4)).map(({ name }) => name));
  const cuts: Cut[] = directCuts(world.hosts, ({ name }) => away.has(name));
  for (const name of away) cuts.push(`to the bus ${name}`, `from the bus ${name}`);
  return cutting(world, `split off ${[...away].join(', ')}`, duration(random), cuts);
}

function directCuts(hosts: readonly Host[], isAway: (host: Host) => boolean): Cut[] {
  const cuts: Cut[] = [];
  for (const one of hosts) {
    for (const other of hosts) if (isAway(one) !== isAway(other)) cuts.push(`direct ${one.name}>${other.name}`);
  }
  return cuts;
}

function deafWatch(world: World, random: Random): Fault {
  const { name } = random.pick(world.hosts);
  return cutting(world, `the watches of ${name} are deaf`, duration(random), [`watch of ${name}`]);
}

function leave({ hosts }: World, random: Random): Fault {
  const host = random.pick(hosts);
  const end = () => host.start();
  return { what: `${host.name} leaves`, forMs: duration(random), begin: () => host.leave(), end };
}

function badWeather({ network }: World, random: Random): Fault {
  const loss = random.pick([0.05, 0.3]);
  const meanDelayMs = random.pick([2, 30, 200]);
  const begin = () => {
    network.loss = loss;
    network.repeat = 0.05;
    network.meanDelayMs = meanDelayMs;
  };
  const end = () => {
    network.loss = 0.003;
    network.repeat = 0.003;
    network.meanDelayMs = 2;
  };
  return { what: `messages take ${meanDelayMs} ms, ${loss * 100} % get lost`, forMs: duration(random), begin, end };
}
