import * as assert from 'uvu/assert';
import { ArchiveRoom, RULE } from '../support/archive/archive-room.ts';
import { MemoryDisk } from '../support/archive/memory-disk.ts';
import { SEGMENT_MS, START_MS } from '../support/archive/pack-fixture.ts';
import { suite } from '../support/suite.ts';

const test = suite('archive/archive');

const EARLIER_MS = START_MS - 60_000;

async function begun(room: ArchiveRoom): Promise<ArchiveRoom> {
  await room.open();
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: RULE });
  room.archive.receive({ type: 'rules-told' });
  await room.advance(1000);
  return room;
}

/** The names in one folder cannot be read, until what is returned is called. */
function hidesNamesIn(disk: MemoryDisk, hidden: string): () => void {
  const names = disk.names.bind(disk);
  disk.names = async (folder) => {
    if (folder === hidden) throw Object.assign(new Error(`EIO: ${folder}`), { code: 'EIO' });
    return names(folder);
  };
  return () => {
    disk.names = names;
  };
}

test('segments of a stream with a rule are recorded, and those of others are not', async () => {
  const room = await begun(new ArchiveRoom());
  await room.capture('cam01', 17, 900, 3);
  await room.capture('cam02', 18, 700, 1);
  assert.equal(await room.packs('cam01'), ['17: 900 to 902']);
  assert.equal(await room.archive.desk.streams({}), ['cam01']);
  assert.equal(room.events('recording-started'), ['it is recorded to /disk']);
});

test('a stream whose definition no longer asks for recording is recorded up to that moment', async () => {
  const room = await begun(new ArchiveRoom());
  await room.capture('cam01', 17, 900, 2);
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: null });
  await room.capture('cam01', 17, 902, 2, START_MS + 2 * SEGMENT_MS);
  assert.equal(await room.packs('cam01'), ['17: 900 to 901']);
  assert.equal(room.events('archive-pack-closed'), ['its definition asks for no recording any more']);
});

test('segments that an earlier run left are recorded before those captured now', async () => {
  const room = new ArchiveRoom();
  for (let index = 0; index < 3; index += 1) room.file('cam01', 17, 900 + index, EARLIER_MS + index * SEGMENT_MS);
  await room.open();
  room.archive.receive({ type: 'rule', stream: 'cam01', rule: RULE });
  await room.capture('cam01', 19, 950, 2);
  assert.equal(await room.packs('cam01'), []);
  assert.equal(room.liveFolder.held, ['/live/cam01/19-950.ts', '/live/cam01/19-951.ts']);
  assert.is(room.liveFolder.isSwept, false);
  room.archive.receive({ type: 'rules-told' });
  await room.advance(5000);
  await room.capture('cam01', 19, 952, 1, START_MS + 2 * SEGMENT_MS);
  assert.equal(await room.packs('cam01'), ['17: 900 to 902', '19: 950 to 951', '19: 952 to 952']);
  assert.equal(room.liveFolder, { type: 'live-folder', held: [], isSwept: true });
});

test('a thread that begins again beside running captures records the segments that the last one missed, and none that is being written', async () => {
  const disk = new MemoryDisk();
  const before = await begun(new ArchiveRoom(disk));
  await before.capture('cam01', 17, 900, 3);
  // The thread dies: these are closed while there is none.
  for (const number of [903, 904]) before.file('cam01', 17, number, START_MS + (number - 900) * SEGMENT_MS);
  before.disk.tamper('/live/cam01/17-905.ts', Buffer.alloc(188 * 3));
  const room = await begun(new ArchiveRoom(disk, { capturesHaveEnded: false }));
  await room.advance(2000);
  assert.equal((await room.packs('cam01')).join(), '17: 900 to 902,17: 903 to 904');
  await room.capture('cam01', 17, 905, 2, START_MS + 5 * SEGMENT_MS);
  assert.equal(await room.packs('cam01'), ['17: 900 to 902', '17: 903 to 904', '17: 905 to 906']);
});

test('without a writable root, files of segments are kept until they are given up, and the time is told as lost', async () => {
  const room = new ArchiveRoom();
  room.disk.faults.refuses.set('/disk', 'EROFS');
  await begun(room);
  assert.is(room.events('archive-root-offline').length, 1);
  await room.capture('cam01', 17, 900, 3);
  assert.equal(room.liveFolder.held, ['/live/cam01/17-900.ts', '/live/cam01/17-901.ts', '/live/cam01/17-902.ts']);
  await room.advance(70_000);
  assert.equal(room.liveFolder.held, []);
  room.archive.receive({ type: 'ended', stream: 'cam01', why: 'its camera is gone' });
  await room.advance(1000);
  const lost = room.told.filter(({ kind }) => kind === 'recording-lost');
  assert.equal(
    lost.map(({ detail }) => [detail?.from, detail?.seconds, detail?.segments]),
    [[new Date(START_MS).toISOString(), 6, 3]],
  );
});

test('a server whose archive takes nothing says so after ten seconds, and takes it back at once when it does', async () => {
  const room = new ArchiveRoom();
  room.disk.faults.refuses.set('/disk', 'EIO');
  await begun(room);
  await room.advance(8000);
  assert.equal(room.storage, []);
  await room.advance(2000);
  assert.match(room.storage[0] ?? '', /^no root of the archive can be written: \/disk: /);
  room.disk.faults.refuses.clear();
  await room.advance(40_000);
  assert.equal(room.storage.slice(1), [undefined]);
});

test('an archive that no stream is to be recorded in is no reason for streams to move', async () => {
  const room = new ArchiveRoom();
  room.disk.faults.refuses.set('/disk', 'EIO');
  await room.open();
  room.archive.receive({ type: 'rules-told' });
  await room.advance(30_000);
  assert.equal(room.storage, []);
});

test('recordings on a root that comes back are listed, and its open packs are closed', async () => {
  const disk = new MemoryDisk();
  const before = await begun(new ArchiveRoom(disk));
  await before.capture('cam01', 17, 900, 2);
  disk.faults.hangs.add('/disk');
  const room = await begun(new ArchiveRoom(disk));
  await room.advance(10_000);
  assert.equal(await room.archive.desk.streams({}), []);
  disk.comeBack();
  await room.advance(60_000);
  assert.equal(await room.packs('cam01'), ['17: 900 to 901']);
  assert.is(room.events('archive-root-online').length, 1);
  const [pack] = await room.archive.desk.holdings({ stream: 'cam01', fromMs: 0, untilMs: 1e15 });
  assert.is(pack?.why, 'the server ended before it could close it');
});

test('a folder that cannot be read hides no other, and is read as soon as it can be', async () => {
  const disk = new MemoryDisk();
  const before = await begun(new ArchiveRoom(disk));
  await before.capture('cam01', 17, 900, 2);
  before.archive.receive({ type: 'rule', stream: 'cam02', rule: RULE });
  await before.capture('cam02', 18, 700, 1);
  for (const number of [900, 901]) disk.tamper(`/live/cam01/17-${number}.ts`, undefined);
  const mend = hidesNamesIn(disk, '/disk/cam01');
  const room = await begun(new ArchiveRoom(disk));
  await room.advance(10_000);
  assert.equal(await room.archive.desk.streams({}), ['cam02']);
  assert.equal(room.events('archive-problem'), ['/disk/cam01 cannot be read: EIO']);
  mend();
  await room.advance(20_000);
  assert.equal(await room.packs('cam01'), ['17: 900 to 901']);
});

test('a root that fails just when it is read is read again, also if it never counted as offline', async () => {
  const disk = new MemoryDisk();
  const before = await begun(new ArchiveRoom(disk));
  await before.capture('cam01', 17, 900, 2);
  for (const number of [900, 901]) disk.tamper(`/live/cam01/17-${number}.ts`, undefined);
  // The file of its identity can be read all the time.
  const mend = hidesNamesIn(disk, '/disk');
  const room = await begun(new ArchiveRoom(disk));
  assert.equal(room.events('archive-problem'), ['/disk cannot be read: EIO']);
  mend();
  await room.advance(5000);
  assert.equal(await room.packs('cam01'), ['17: 900 to 901']);
});

test('after a start an hour of doubt keeps recordings that a wrong clock makes too old', async () => {
  const disk = new MemoryDisk();
  const before = await begun(new ArchiveRoom(disk));
  await before.capture('cam01', 17, 900, 1, START_MS - 30 * 86_400_000);
  before.archive.receive({ type: 'ended', stream: 'cam01', why: 'its capture has ended' });
  await before.advance(1000);
  const room = await begun(new ArchiveRoom(disk));
  // By the same clock: it says nothing of whether that is right.
  await room.capture('cam01', 18, 901, 1);
  await room.advance(130_000);
  assert.is(room.events('archive-clock-doubted').length, 1);
  assert.equal(await room.packs('cam01'), ['17: 900 to 900', '18: 901 to 901']);
  await room.advance(3_600_000);
  assert.equal(await room.packs('cam01'), ['18: 901 to 901']);
});

test('a pause of a capture is told as a gap with the reason of its end', async () => {
  const room = await begun(new ArchiveRoom());
  await room.capture('cam01', 17, 900, 2);
  room.archive.receive({ type: 'ended', stream: 'cam01', why: 'the source refused the connection' });
  await room.capture('cam01', 17, 902, 2, START_MS + 30_000);
  assert.equal(room.events('recording-gap'), ['nothing was captured for 26 s: the source refused the connection']);
});

test('a clock that was set back, damaged files and the memory of roots are told in sentences', async () => {
  const room = new ArchiveRoom();
  room.disk.tamper('/data/archive-roots.json', Buffer.from('{"v":'));
  await begun(room);
  assert.match(room.events('archive-problem')[0] ?? '', /^\/data\/archive-roots\.json is damaged/);
  await room.capture('cam01', 17, 900, 2);
  await room.capture('cam01', 18, 950, 1, START_MS - 3_600_000);
  assert.match(room.events('recording-clock-stepped')[0] ?? '', /^the clock was set back by 360\d(\.\d)? s/);
});

test.run();
