import * as assert from 'uvu/assert';
import { ArchiveRoom, RULE } from '../../support/archive/archive-room.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/unfinished/last-closed');

async function begun(disk = new MemoryDisk()): Promise<ArchiveRoom> {
  const room = await new ArchiveRoom(disk).open();
  for (const stream of ['cam01', 'cam02']) room.archive.receive({ type: 'rule', stream, rule: RULE });
  room.archive.receive({ type: 'rules-told' });
  await room.advance(1000);
  return room;
}

async function end(room: ArchiveRoom, stream: string): Promise<void> {
  room.archive.receive({ type: 'ended', stream, why: 'its camera is gone' });
  await room.advance(1000);
}

/** Of media and indexes of the stream. */
function notDurable(disk: MemoryDisk, stream: string): readonly string[] {
  return disk.pathsBelow(`/disk/${stream}/`).filter((path) => /\.(ts|m3u8)$/.test(path) && !disk.isDurable(path));
}

/** The disk of a process that ended at this write of those that close a pack, and whether it had closed it before. */
async function endedAt(write: number): Promise<{ readonly disk: MemoryDisk; readonly isClosed: boolean }> {
  const room = await begun();
  await room.capture('cam01', 17, 900, 1);
  room.disk.writesLeft = write;
  await end(room, 'cam01');
  return { disk: room.disk.afterProcessEnd(), isClosed: room.disk.writesLeft > 0 };
}

test('at whichever write of the closing a process ends, the next one leaves nothing of the pack that a power loss takes', async () => {
  let wereLost = 0;
  for (let write = 1, isClosed = false; !isClosed; write += 1) {
    const ended = await endedAt(write);
    isClosed = ended.isClosed;
    if (notDurable(ended.disk, 'cam01').length > 0) wereLost += 1;
    const room = await begun(ended.disk);
    await room.advance(5000);
    assert.equal(await room.packs('cam01'), ['17: 900 to 900']);
    assert.equal(notDurable(room.disk, 'cam01'), [], `write ${write}`);
  }
  assert.ok(wereLost > 2, `${wereLost}`);
});

test('a last pack that cannot be synced is told, and that of the next stream is synced all the same', async () => {
  const room = await begun();
  for (const stream of ['cam01', 'cam02']) await room.capture(stream, 17, 900, 1);
  await end(room, 'cam01');
  // The index has its closing line, and is not synced.
  room.disk.writesLeft = 3;
  await end(room, 'cam02');
  const disk = room.disk.afterProcessEnd();
  disk.faults.refuses.set('/disk/cam01', 'EIO');
  const next = await begun(disk);
  const [media = ''] = disk.pathsBelow('/disk/cam01/').filter((path) => path.endsWith('.ts'));
  assert.equal(next.events('archive-problem'), [`${media} could not be synced: EIO`]);
  assert.equal(notDurable(disk, 'cam02'), []);
});

test.run();
