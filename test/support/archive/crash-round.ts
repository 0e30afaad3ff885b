import { Random } from '../random.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { SEGMENT_MS, START_MS } from './pack-fixture.ts';
import { LIVE, RecordingRoom, type Sent } from './recording-room.ts';

const ROOTS = ['/disk1', '/disk2'];
const STREAMS = ['cam01', 'cam02'];
const HOUR_END_MS = START_MS + 50 * 60_000;
/** Some more than a run makes, so that some runs end as they should. */
const MOST_WRITES = 160;
const MOST_RUNS = 3;

interface Memory {
  readonly sent: Sent;
  /** Of segments, `<stream>/<epoch>-<number>`. */
  readonly stored: Set<string>;
  readonly synced: Set<string>;
}

/**
 * Up to three runs of a recorder on the same disks, each of which ends at a random write, by the end of its process or by a loss of power, while
 * disks refuse now and then; the mending after each may end too. What was promised must be there after each, listed once, as it was sent.
 *
 * @throws Error with what is not so
 */
export async function crashRound(seed: number): Promise<void> {
  const random = new Random(seed);
  const memory: Memory = { sent: new Map(), stored: new Set(), synced: new Set() };
  const roots = random.chance(0.5) ? ROOTS : ROOTS.slice(0, 1);
  let disk: MemoryDisk | undefined;
  for (let run = 0, runs = random.integer(1, MOST_RUNS); run < runs; run += 1) {
    const room = new RecordingRoom({ ...(disk !== undefined && { disk }), roots, sent: memory.sent });
    room.disk.faults.refuses.clear();
    await record(room, random, run);
    for (const { stream, facts, entry } of room.of('segment.stored')) {
      memory.stored.add(`${stream}/${facts.epoch}-${entry.number}`);
    }
    for (const { stream, facts } of room.of('pack.synced')) {
      for (let number = facts.firstNumber; number <= facts.lastNumber; number += 1) {
        memory.synced.add(`${stream}/${facts.epoch}-${number}`);
      }
    }
    const isPowerLoss = random.chance(0.5);
    disk = await afterwards(room.disk, isPowerLoss, random);
    const recovered = await found(disk, roots, memory, random);
    disk = recovered.disk;
    const playable = await playableOf(recovered);
    // Only the disk knows what is left after a loss of power of what was stored and not synced.
    if (isPowerLoss) memory.stored.clear();
    for (const name of playable) memory.stored.add(name);
    missing(`run ${run}, ${isPowerLoss ? 'power' : 'process'}`, isPowerLoss ? memory.synced : memory.stored, playable);
    for (const name of playable) memory.synced.add(name);
    const open = STREAMS.flatMap((stream) => recovered.catalogue.packs(stream)).filter(({ why }) => why === undefined);
    if (open.length > 0) throw new Error(`${open.length} packs are open after the mending`);
  }
}

/** Until the disk stops, or to the end. */
async function record(room: RecordingRoom, random: Random, run: number): Promise<void> {
  await room.start();
  room.disk.writesLeft = random.integer(1, MOST_WRITES);
  const startMs = HOUR_END_MS + run * 600_000 - random.integer(0, 12) * SEGMENT_MS;
  const segments = random.integer(4, 16);
  let epoch = 17 + run * 10;
  for (let index = 0; index < segments && room.disk.writesLeft > 0; index += 1) {
    const begins = index === 0 || random.chance(0.1);
    if (begins && index > 0 && random.chance(0.5)) epoch += 1;
    for (const stream of STREAMS) room.offer(stream, epoch, 900 + index, startMs + index * SEGMENT_MS, begins);
    if (random.chance(0.05)) room.disk.faults.refuses.set(random.pick(ROOTS), random.pick(['EIO', 'ENOSPC', 'EROFS']));
    if (random.chance(0.2)) room.disk.faults.refuses.clear();
    if (random.chance(0.1)) room.recorder.end(random.pick(STREAMS), 'its capture has ended');
    await room.advance(SEGMENT_MS);
  }
  if (room.disk.writesLeft > 0 && random.chance(0.5)) await closed(room);
}

/** What waits for a disk is tried once more, for which the clock has to go on. */
async function closed(room: RecordingRoom): Promise<void> {
  let isClosed = false;
  void room.recorder.close('the server has ended').then(() => {
    isClosed = true;
  });
  while (!isClosed) await room.advance(SEGMENT_MS);
}

/** The disk as the next process finds it. Its live folder may be in memory. */
async function afterwards(disk: MemoryDisk, isPowerLoss: boolean, random: Random): Promise<MemoryDisk> {
  const after = isPowerLoss ? disk.afterPowerLoss(random) : disk.afterProcessEnd();
  if (isPowerLoss && random.chance(0.5)) {
    for (const path of after.contents().keys()) if (path.startsWith(`${LIVE}/`)) after.tamper(path, undefined);
  }
  return after;
}

/** A server that starts, sometimes after one that ended while it mended. */
async function found(
  disk: MemoryDisk,
  roots: readonly string[],
  { sent }: Memory,
  random: Random,
): Promise<RecordingRoom> {
  if (!random.chance(0.3)) return new RecordingRoom({ disk, roots, sent }).recovered();
  disk.writesLeft = random.integer(1, 40);
  await new RecordingRoom({ disk, roots, sent }).recovered().catch(() => {});
  return new RecordingRoom({ disk: disk.afterProcessEnd(), roots, sent }).recovered();
}

async function playableOf(room: RecordingRoom): Promise<ReadonlySet<string>> {
  const all = await Promise.all(
    STREAMS.map(async (stream) => (await room.playable(stream)).map((each) => `${stream}/${each}`)),
  );
  return new Set(all.flat());
}

function missing(when: string, promised: ReadonlySet<string>, playable: ReadonlySet<string>): void {
  const lacking = [...promised].filter((name) => !playable.has(name));
  if (lacking.length > 0) throw new Error(`${when}: not there any more: ${lacking.join(', ')}`);
}
