import type { Random } from '../support/random.ts';
import { amnesia, election, stall } from './bucket-faults.ts';
import { duration, type Fault, nothing, type ScheduledFault, type Stage } from './fault.ts';
import { cameraTrouble, disabled, drain, ffmpegTrouble, move } from './herd-faults.ts';
import type { Cut } from './network.ts';
import type { World } from './world.ts';

type FaultMaker = (stage: Stage, random: Random) => Fault;

/** How often each fault is drawn, relative to the others. */
const FAULTS = {
  crash: [3, crash],
  hostLoss: [3, hostLoss],
  pause: [3, pause],
  sleep: [1, sleep],
  wallStep: [1, wallStep],
  stall: [4, stall],
  election: [3, election],
  busOutage: [2, busOutage],
  coreOutage: [2, coreOutage],
  busCut: [3, busCut],
  jetStreamCut: [2, jetStreamCut],
  oneWayCut: [3, oneWayCut],
  mute: [2, mute],
  pairCut: [4, pairCut],
  beatsPort: [1, beatsPort],
  isolation: [2, isolation],
  split: [3, split],
  deafWatch: [2, deafWatch],
  leave: [2, leave],
  badWeather: [2, badWeather],
  amnesia: [0.7, amnesia],
  cameraTrouble: [4, cameraTrouble],
  ffmpegTrouble: [2, ffmpegTrouble],
  drain: [1.5, drain],
  move: [2, move],
  disabled: [1, disabled],
} as const satisfies Record<string, readonly [number, FaultMaker]>;

export type FaultName = keyof typeof FAULTS;

export const ALL_FAULTS = Object.keys(FAULTS) as readonly FaultName[];

/**
 * Faults from `fromMs` to `untilMs`, overlapping, on average every `everyMs`. Everything that was broken is whole again at
 * `untilMs`.
 */
export function drawFaults(
  random: Random,
  stage: Stage,
  plan: {
    readonly fromMs: number;
    readonly untilMs: number;
    readonly everyMs: number;
    readonly among: readonly FaultName[];
  },
): ScheduledFault[] {
  const faults: ScheduledFault[] = [];
  for (let fromMs = plan.fromMs; plan.among.length > 0; ) {
    fromMs += random.between(0, 2 * plan.everyMs);
    if (fromMs >= plan.untilMs) return faults;
    const fault = draw(random, plan.among)(stage, random);
    const untilMs = Math.min(plan.untilMs, fromMs + fault.forMs);
    faults.push({ ...fault, index: faults.length, fromMs, untilMs });
  }
  return faults;
}

export function throwFaults(world: World, faults: readonly ScheduledFault[]): void {
  for (const { what, fromMs, untilMs, begin, end } of faults) {
    world.clock.at(fromMs, () => {
      world.note('--', what);
      begin(world);
      world.clock.reactionsPending();
    });
    world.clock.at(untilMs, () => {
      world.note('--', `over: ${what}`);
      end(world);
      world.clock.reactionsPending();
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

function crash({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  return { what: `crash ${name}`, forMs: 0, begin: (world) => world.host(name)?.crash(), end: nothing };
}

function hostLoss({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const forMs = Math.max(2000, duration(random));
  const begin = (world: World) => world.host(name)?.lose();
  return { what: `lose host ${name}`, forMs, begin, end: (world) => world.host(name)?.boot() };
}

function pause({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const begin = (world: World) => world.host(name)?.machine.pause();
  const end = (world: World) => world.host(name)?.machine.resume();
  return { what: `stop the process of ${name}`, forMs: duration(random), begin, end };
}

function sleep({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  // A step back and a sleep between two readings of the clocks cancel out: a limit, see SPEC.md.
  const begin = (world: World) => {
    const host = world.host(name);
    if (host !== undefined && world.clock.nowMs - host.machine.steppedMs > 1000) host.sleep();
  };
  return { what: `sleep ${name}`, forMs: duration(random), begin, end: (world) => world.host(name)?.machine.wake() };
}

function wallStep({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const byMs = random.chance(0.5) ? random.between(-5000, 5000) : random.between(-3_600_000, 3_600_000);
  const begin = (world: World) => {
    const machine = world.host(name)?.machine;
    if (machine !== undefined && !machine.asleep) machine.stepWall(byMs);
  };
  return { what: `step the wall clock of ${name} by ${Math.round(byMs)} ms`, forMs: 0, begin, end: nothing };
}

function cutting(what: string, forMs: number, cuts: readonly Cut[]): Fault {
  return {
    what,
    forMs,
    begin: ({ network }) => {
      for (const it of cuts) network.cut(it);
    },
    end: ({ network }) => {
      for (const it of cuts) network.heal(it);
    },
  };
}

function busOutage(_: Stage, random: Random): Fault {
  return cutting('the whole bus is down', duration(random), ['jetstream', 'the core']);
}

function coreOutage(_: Stage, random: Random): Fault {
  return cutting('the bus carries no messages', duration(random), ['the core']);
}

function busCut({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  return cutting(`${name} loses the bus`, duration(random), [`to the bus ${name}`, `from the bus ${name}`]);
}

function jetStreamCut({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  return cutting(`${name} loses JetStream`, duration(random), [`jetstream of ${name}`]);
}

function oneWayCut({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const cut: Cut = random.chance(0.5) ? `to the bus ${name}` : `from the bus ${name}`;
  return cutting(`one way: ${cut}`, duration(random), [cut]);
}

/** A host that hears all others, while no other host hears it. */
function mute({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const cuts: Cut[] = [`to the bus ${name}`];
  for (const other of hosts) if (other !== name) cuts.push(`direct ${name}>${other}`);
  return cutting(`mute ${name}`, duration(random), cuts);
}

/** Some pairs cannot hear each other, one way or both, over the bus, around it or neither. Not transitive. */
function pairCut({ hosts }: Stage, random: Random): Fault {
  const cuts: Cut[] = [];
  for (let pairs = random.integer(1, 4); pairs > 0; pairs -= 1) {
    const from = random.pick(hosts);
    const to = random.pick(hosts);
    if (from === to) continue;
    const kinds = random.pick([['core'], ['direct'], ['core', 'direct'], ['core', 'direct']] as const);
    for (const kind of kinds) {
      cuts.push(`${kind} ${from}>${to}`);
      if (random.chance(0.5)) cuts.push(`${kind} ${to}>${from}`);
    }
  }
  return cutting(`cut ${cuts.join(', ')}`, duration(random), cuts);
}

/** A firewall in front of the port for direct beats. */
function beatsPort({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  return cutting(`the beats port of ${name} cannot be reached`, duration(random), [`beats port of ${name}`]);
}

/** A host without network. */
function isolation({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const cuts: Cut[] = [`to the bus ${name}`, `from the bus ${name}`, ...directCuts(hosts, (it) => it === name)];
  return cutting(`isolate ${name}`, duration(random), cuts);
}

/** The network falls in two; one side keeps the bus. */
function split({ hosts }: Stage, random: Random): Fault {
  const away = new Set(hosts.filter(() => random.chance(0.4)));
  const cuts: Cut[] = directCuts(hosts, (name) => away.has(name));
  for (const name of away) cuts.push(`to the bus ${name}`, `from the bus ${name}`);
  return cutting(`split off ${[...away].join(', ')}`, duration(random), cuts);
}

function directCuts(hosts: readonly string[], isAway: (host: string) => boolean): Cut[] {
  const cuts: Cut[] = [];
  for (const one of hosts) {
    for (const other of hosts) if (isAway(one) !== isAway(other)) cuts.push(`direct ${one}>${other}`);
  }
  return cuts;
}

function deafWatch({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  return cutting(`the watches of ${name} are deaf`, duration(random), [`watch of ${name}`]);
}

function leave({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const begin = (world: World) => world.host(name)?.leave();
  return { what: `${name} leaves`, forMs: duration(random), begin, end: (world) => world.host(name)?.start() };
}

function badWeather(_: Stage, random: Random): Fault {
  const loss = random.pick([0.05, 0.3]);
  const meanDelayMs = random.pick([2, 30, 200]);
  const forMs = duration(random);
  const begin = ({ network }: World) => network.weather({ loss, repeat: 0.05, meanDelayMs });
  const end = ({ network }: World) => network.weather();
  return { what: `messages take ${meanDelayMs} ms, ${loss * 100} % get lost`, forMs, begin, end };
}
