import { printDefinition } from '../../src/domain/stream-definition-schema.ts';
import type { Backup } from './bucket.ts';
import { duration, type Fault, nothing, type Stage } from './faults.ts';
import type { Random } from './random.ts';
import { definitionOf } from './scenario.ts';
import type { World } from './world.ts';

// Faults of the data, of the sources, and what operators do.

const BUCKETS = ['servers', 'owners', 'streams'] as const;
/** NATS is away while its data is being lost or put back. */
const LONGEST_LOSS_MS = 8000;

/** The bus loses everything that it had acknowledged, or all that came after a backup. */
export function amnesia(_: Stage, random: Random): Fault {
  const hit = random.pick([BUCKETS, BUCKETS, ['servers'], ['owners'], ['servers', 'owners'], ['streams']] as const);
  const fromBackup = random.chance(0.5);
  const outageMs = random.between(0, LONGEST_LOSS_MS);
  const forMs = outageMs + (fromBackup ? random.between(500, 30_000) : 0);
  const backups = new Map<string, Backup>();
  let isAway = false;
  let isOver = false;
  const begin = (world: World) => {
    isAway = false;
    isOver = false;
    if (fromBackup) for (const name of hit) backups.set(name, world.buckets[name].backup());
    world.clock.after(forMs - outageMs, () => {
      if (isOver) return;
      isAway = true;
      world.network.cut('jetstream');
    });
  };
  const end = (world: World) => {
    isOver = true;
    if (isAway) world.network.heal('jetstream');
    if (fromBackup && !world.willNotice(backups)) return;
    for (const name of hit) world.buckets[name].lose(backups.get(name));
    world.lostData();
  };
  const what = `${hit.join(', ')} ${fromBackup ? 'will be put back to what they are now' : 'lose their data'}`;
  return { what, forMs, begin, end };
}

/** A source that refuses, or is silent: for everybody, or for some servers only. */
export function cameraTrouble({ hosts, streams }: Stage, random: Random): Fault {
  const stream = random.pick(streams);
  const meeting = random.pick(['silence', 'refusal'] as const);
  const some = random.chance(0.6) ? hosts.filter(() => random.chance(0.4)) : undefined;
  let end = nothing;
  return {
    what: `${stream} meets ${some === undefined ? 'everybody' : some.join(', ')} with ${meeting}`,
    forMs: random.between(2000, 60_000),
    begin: ({ cameras }) => {
      end = cameras.trouble(stream, meeting, some);
    },
    end: () => end(),
  };
}

export function drain({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const begin = (world: World) => world.host(name)?.drain(true);
  return { what: `drain ${name}`, forMs: duration(random), begin, end: (world) => world.host(name)?.drain(false) };
}

/** An operator moves a stream, whoever has it. */
export function move({ hosts, streams }: Stage, random: Random): Fault {
  const stream = random.pick(streams);
  const to = random.pick(hosts);
  const begin = (world: World) => {
    for (const host of world.hosts) host.move(stream, to);
  };
  return { what: `move ${stream} to ${to}`, forMs: 0, begin, end: nothing };
}

export function disabled({ streams }: Stage, random: Random): Fault {
  const name = random.pick(streams);
  const publish = (world: World, isDisabled: boolean) => {
    const plan = world.streams.find((it) => it.name === name);
    if (plan !== undefined) world.buckets.streams.put(name, printDefinition(definitionOf(plan, isDisabled)));
  };
  return {
    what: `disable ${name}`,
    forMs: duration(random),
    begin: (world) => publish(world, true),
    end: (world) => publish(world, false),
  };
}
