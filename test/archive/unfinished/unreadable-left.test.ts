import * as assert from 'uvu/assert';
import { ArchiveRoom, RULE } from '../../support/archive/archive-room.ts';
import { BadSectors } from '../../support/archive/bad-sectors.ts';
import type { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/unfinished/unreadable-left', { deadlineMs: 60_000 });

const STREAMS = ['cam01', 'cam02'];
const MINUTE_MS = 60_000;

async function begun(room: ArchiveRoom): Promise<ArchiveRoom> {
  await room.open();
  for (const stream of STREAMS) room.archive.receive({ type: 'rule', stream, rule: RULE });
  room.archive.receive({ type: 'rules-told' });
  await room.advance(1000);
  return room;
}

/** The disk of a server that has ended: an open pack of each stream, and a segment of each in the live folder that no pack has. */
async function ended(segments: number): Promise<MemoryDisk> {
  const room = await begun(new ArchiveRoom());
  for (const stream of STREAMS) {
    await room.capture(stream, 17, 900, segments);
    room.file(stream, 17, 900 + segments, START_MS + segments * SEGMENT_MS);
  }
  return room.disk.afterProcessEnd();
}

function indexOf(disk: MemoryDisk, stream: string): string {
  return disk.pathsBelow(`/disk/${stream}/`).find((path) => path.endsWith('-900-'.concat(`${START_MS}.m3u8`))) ?? '';
}

test('an open pack with a bad sector in its index holds up nothing: it is told and played, and closed when it can be read', async () => {
  const disk = await ended(60);
  const bad = new BadSectors(disk);
  bad.add(indexOf(disk, 'cam01'), 5000);
  const room = await begun(new ArchiveRoom(disk));
  await room.capture('cam01', 19, 970, 2);
  assert.is(room.liveFolder.isSwept, true);
  assert.equal(await room.packs('cam01'), ['17: 900 to 959', '17: 960 to 960', '19: 970 to 971']);
  assert.equal(await room.packs('cam02'), ['17: 900 to 959', '17: 960 to 960']);
  const told = room
    .events('archive-problem')
    .filter((why) => why.includes('could not be closed, and is tried again: EIO'));
  assert.is(told.length, 1);
  const closings = () => room.told.filter(({ kind, stream }) => kind === 'archive-pack-closed' && stream === 'cam01');
  const before = closings().length;
  bad.pass();
  await room.advance(3 * MINUTE_MS);
  assert.equal(
    closings()
      .slice(before)
      .map(({ why }) => why),
    ['the server ended before it could close it'],
  );
});

test('open packs on a root that hangs hold up streams for one wait, and not for one wait each', async () => {
  const disk = await ended(60);
  const read = disk.read.bind(disk);
  // Both ends of the indexes are answered, and the whole ones are not.
  disk.read = (path, at, bytes) =>
    path.endsWith('.m3u8') && bytes > 4096 ? new Promise(() => {}) : read(path, at, bytes);
  const room = await begun(new ArchiveRoom(disk));
  await room.capture('cam01', 19, 970, 2);
  assert.equal(room.liveFolder.held, ['/live/cam01/19-970.ts', '/live/cam01/19-971.ts']);
  await room.advance(10_000);
  assert.equal(room.liveFolder, { type: 'live-folder', held: [], isSwept: true });
  disk.read = read;
  assert.equal(await room.packs('cam01'), ['17: 900 to 959', '17: 960 to 960', '19: 970 to 971']);
});

test('a file of the live folder that cannot be read, or is gone, takes no other of its stream', async () => {
  for (const code of ['EIO', 'EACCES', 'ENOENT']) {
    const room = new ArchiveRoom();
    for (let index = 0; index < 4; index += 1) room.file('cam01', 17, 900 + index, START_MS + index * SEGMENT_MS);
    const read = room.disk.read.bind(room.disk);
    room.disk.read = (path, at, bytes) =>
      path === '/live/cam01/17-901.ts'
        ? Promise.reject(Object.assign(new Error(code), { code }))
        : read(path, at, bytes);
    await begun(room);
    await room.advance(5000);
    assert.equal(await room.packs('cam01'), ['17: 900 to 900', '17: 902 to 903'], code);
    assert.match(room.events('archive-problem').join(), '/live/cam01/17-901.ts, which an earlier run left, ');
  }
});

test.run();
