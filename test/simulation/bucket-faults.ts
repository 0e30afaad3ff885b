import type { Random } from '../support/random.ts';
import type { Bucket } from './bucket.ts';
import type { Backup } from './copy.ts';
import type { Fault, Stage } from './fault.ts';
import type { World } from './world.ts';

// What happens to the buckets at JetStream.

const BUCKETS = ['servers', 'owners', 'streams'] as const;
/** NATS is away while its data is being lost or put back. */
const LONGEST_LOSS_MS = 8000;
/** A leader that was just elected has applied everything within this: shorter than `CONFIRM_LOSS_MS` of `src/nats/buckets/doubts.ts`. */
const LONGEST_CATCH_UP_MS = 2500;
/** A leader that meets no other node steps down after this: a constant of nats-server. */
const LOST_QUORUM_MS = 10_000;

/** JetStream elects: measured 4 to 9 s. Each bucket has its own leader. */
export function stall(_: Stage, random: Random): Fault {
  const forMs = random.between(3000, 9000);
  const hit = drawBuckets(random);
  const begin = (world: World) => {
    for (const bucket of ofWorld(world, hit)) bucket.stalledUntilMs = world.clock.nowMs + forMs;
  };
  return { what: `stall of ${hit.join(' and ')}`, forMs, begin, end: healing(hit) };
}

/**
 * Another node leads, which has still to apply what it has. Some hosts may go on meeting the one that led: their NATS nodes are with it,
 * away from the others. It happens at once, or while the bucket is being read because every connection was lost.
 */
export function election(stage: Stage, random: Random): Fault {
  const hit = drawBuckets(random);
  const slowMs = random.between(0, 2000);
  const isWhileRead = random.chance(0.5);
  const isCleft = random.chance(0.5);
  const hosts = new Set(isCleft ? stage.hosts.filter(() => random.chance(0.3)) : []);
  const cutOff = { hosts, forMs: random.between(500, LOST_QUORUM_MS) };
  const catchUpMs = random.between(0, LONGEST_CATCH_UP_MS);
  const afterReads = random.integer(1, 6);
  let isOver = false;
  const begin = (world: World) => {
    isOver = false;
    const buckets = ofWorld(world, hit);
    for (const bucket of buckets) bucket.slowDown(slowMs + catchUpMs);
    world.clock.after(slowMs, () => {
      if (isOver) return;
      if (isWhileRead) world.jetstream.dropConnections();
      for (const bucket of buckets) {
        if (isWhileRead) bucket.afterReads(afterReads, () => bucket.elect({ catchUpMs, cutOff }));
        else bucket.elect({ catchUpMs, cutOff });
      }
    });
  };
  const end = (world: World) => {
    isOver = true;
    healing(hit)(world);
  };
  const forMs = slowMs + (isWhileRead ? LONGEST_LOSS_MS : 0) + Math.max(catchUpMs, cutOff.forMs);
  const when = isWhileRead ? ' while they are read' : '';
  const behind = hosts.size > 0 ? `; ${[...hosts].join(', ')} meet the old one` : '';
  return { what: `another leader of ${hit.join(' and ')}${when}${behind}`, forMs, begin, end };
}

/**
 * The bus loses everything that it had acknowledged, or all that came after a backup. With every connection lost on the way, or with
 * none: behind nodes that stay.
 */
export function amnesia(_: Stage, random: Random): Fault {
  const hit = random.pick([BUCKETS, BUCKETS, ['servers'], ['owners'], ['servers', 'owners'], ['streams']] as const);
  const fromBackup = random.chance(0.5);
  const isSilent = random.chance(0.5);
  const isGone = !fromBackup && random.chance(0.3);
  const outageMs = isSilent ? 0 : random.between(0, LONGEST_LOSS_MS);
  const forMs = outageMs + (fromBackup ? random.between(500, 30_000) : 0);
  const backups = new Map<string, Backup>();
  let isAway = false;
  let isOver = false;
  const begin = (world: World) => {
    isAway = false;
    isOver = false;
    if (fromBackup) for (const bucket of ofWorld(world, hit)) backups.set(bucket.name, bucket.backup());
    if (isSilent) return;
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
    for (const bucket of ofWorld(world, hit)) bucket.lose(isGone ? 'gone' : backups.get(bucket.name));
    if (!isSilent) world.jetstream.dropConnections();
    world.lostData();
  };
  const loss = isGone ? 'are deleted' : 'lose their data';
  const what = `${hit.join(', ')} ${fromBackup ? 'will be put back to what they are now' : loss}`;
  return { what: `${what}${isSilent ? ', and no connection breaks' : ''}`, forMs, begin, end };
}

type Hit = readonly (typeof BUCKETS)[number][];

function drawBuckets(random: Random): Hit {
  return random.pick([['servers'], ['owners'], BUCKETS, BUCKETS] as const);
}

function ofWorld({ buckets }: World, hit: Hit): readonly Bucket[] {
  return hit.map((name) => buckets[name]);
}

function healing(hit: Hit): (world: World) => void {
  return (world) => {
    for (const bucket of ofWorld(world, hit)) bucket.heal();
  };
}
