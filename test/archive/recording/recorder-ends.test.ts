import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { LIVE, RecordingRoom } from '../../support/archive/recording-room.ts';
import { Random } from '../../support/random.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/recording/recorder-ends', { deadlineMs: 60_000 });

const STREAMS = ['cam01', 'hall/cam02'];
const HOUR_END_MS = START_MS + 50 * 60_000;
const SEGMENTS = 14;

/** Two streams over the end of an hour, with a run that ends and another epoch; it ends when the disk does. */
async function record(room: RecordingRoom): Promise<void> {
  await room.start();
  const startMs = HOUR_END_MS - 6 * SEGMENT_MS;
  for (let index = 0; index < SEGMENTS && room.disk.writesLeft > 0; index += 1) {
    const epoch = index < 9 ? 17 : 21;
    for (const stream of STREAMS) {
      room.offer(folderOf(stream), epoch, 900 + index, startMs + index * SEGMENT_MS, index === 0 || index === 9);
    }
    await room.advance(SEGMENT_MS);
  }
  if (room.disk.writesLeft > 0) await room.recorder.close('the server has ended');
}

/** Streams of the trial have names that are their folders. */
function folderOf(stream: string): string {
  return stream.replace('/', '_');
}

async function writesOfAll(): Promise<number> {
  const room = new RecordingRoom();
  await record(room);
  return room.disk.writes;
}

async function stopped(writes: number): Promise<RecordingRoom> {
  const room = new RecordingRoom();
  room.disk.writesLeft = writes;
  await record(room);
  return room;
}

/** A server that starts beside what is left. */
async function found(room: RecordingRoom, disk: MemoryDisk): Promise<RecordingRoom> {
  return new RecordingRoom({ disk, sent: room.sent }).recovered();
}

/** The names that were told with an event, by stream. */
function told(room: RecordingRoom, type: 'segment.stored' | 'pack.synced'): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { stream, facts } of room.of(type)) {
    const list = names.get(stream) ?? [];
    for (let number = facts.firstNumber; number <= facts.lastNumber; number += 1) list.push(`${facts.epoch}-${number}`);
    names.set(stream, list);
  }
  return names;
}

async function missing(names: ReadonlyMap<string, readonly string[]>, room: RecordingRoom): Promise<readonly string[]> {
  const lacking: string[] = [];
  for (const [stream, wanted] of names) {
    const playable = await room.playable(stream);
    lacking.push(...wanted.filter((name) => !playable.includes(name)).map((name) => `${stream}/${name}`));
  }
  return lacking;
}

test('an end of the process after any write loses nothing that ffmpeg had written: 1 write, 2 writes, …', async () => {
  const all = await writesOfAll();
  assert.ok(all > 100, `${all} writes`);
  for (let writes = 1; writes <= all; writes += 1) {
    const room = await stopped(writes);
    const after = await found(room, room.disk.afterProcessEnd());
    assert.equal(await missing(told(room, 'segment.stored'), after), [], `after ${writes} writes`);
    const sent = new Map<string, string[]>();
    for (const name of room.sent.keys()) {
      const [stream = '', segment = ''] = name.split('/');
      sent.set(stream, [...(sent.get(stream) ?? []), segment]);
    }
    assert.equal(await missing(sent, after), [], `after ${writes} writes`);
    assert.equal(
      STREAMS.flatMap((stream) => after.catalogue.packs(folderOf(stream)).filter(({ why }) => why === undefined)),
      [],
      'every pack is closed',
    );
  }
});

test('a power loss after any write loses nothing that was synced, and lists nothing that is broken', async () => {
  const all = await writesOfAll();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: all }), fc.integer(), fc.boolean(), async (writes, seed, isLiveLost) => {
      const room = await stopped(writes);
      const disk = room.disk.afterPowerLoss(new Random(seed));
      if (isLiveLost) loseLive(disk);
      const after = await found(room, disk);
      assert.equal(await missing(told(room, 'pack.synced'), after), []);
    }),
    { numRuns: 100 },
  );
});

test('a second end, while the first one is mended, loses nothing either', async () => {
  const all = await writesOfAll();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: all }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer(),
      async (writes, more, seed) => {
        const room = await stopped(writes);
        const random = new Random(seed);
        const disk = random.chance(0.5) ? room.disk.afterProcessEnd() : room.disk.afterPowerLoss(random);
        loseLive(disk);
        const synced = await missing(told(room, 'pack.synced'), await found(room, disk.afterProcessEnd()));
        disk.writesLeft = more;
        const between = new RecordingRoom({ disk, sent: room.sent });
        await between.recovered().catch(() => {});
        const last = random.chance(0.5) ? disk.afterProcessEnd() : disk.afterPowerLoss(random);
        assert.equal(synced, []);
        assert.equal(await missing(told(room, 'pack.synced'), await found(room, last)), []);
      },
    ),
    { numRuns: 60 },
  );
});

function loseLive(disk: MemoryDisk): void {
  for (const path of disk.contents().keys()) if (path.startsWith(`${LIVE}/`)) disk.tamper(path, undefined);
}

test.run();
