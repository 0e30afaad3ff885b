import { printDefinition } from '../../src/domain/definition/stream-definition-schema.ts';
import type { Random } from '../support/random.ts';
import { duration, type Fault, nothing, type Stage } from './fault.ts';
import { definitionOf } from './plan.ts';
import type { World } from './world.ts';

// Faults of the sources, and what operators do.

/** A source that refuses, or is silent: for all servers, or only for some. */
export function cameraTrouble({ hosts, streams }: Stage, random: Random): Fault {
  const stream = random.pick(streams);
  const meeting = random.pick(['silence', 'refusal'] as const);
  const some = random.chance(0.6) ? hosts.filter(() => random.chance(0.4)) : undefined;
  let end = nothing;
  return {
    what: `${stream} meets ${some === undefined ? 'all' : some.join(', ')} with ${meeting}`,
    forMs: random.between(2000, 60_000),
    begin: ({ cameras }) => {
      end = cameras.trouble(stream, meeting, some);
    },
    end: () => end(),
  };
}

/** Every ffmpeg that a server starts fails, as after a wrong library was installed. */
export function ffmpegTrouble({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  let end = nothing;
  return {
    what: `the ffmpegs of ${name} fail`,
    forMs: random.between(2000, 60_000),
    begin: ({ cameras }) => {
      end = cameras.ffmpegFails(name);
    },
    end: () => end(),
  };
}

export function drain({ hosts }: Stage, random: Random): Fault {
  const name = random.pick(hosts);
  const begin = (world: World) => world.host(name)?.drain(true);
  return { what: `drain ${name}`, forMs: duration(random), begin, end: (world) => world.host(name)?.drain(false) };
}

/** An operator moves a stream, from whichever server has it. */
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
