import * as assert from 'uvu/assert';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { RecordingRoom } from '../../support/archive/recording-room.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/recording/recorder-disks');

const names = (from: number, count: number) => Array.from({ length: count }, (_, index) => `17-${from + index}`);

/** Folders are removed just after they were made, as is done with the last pack of one that has returned. */
class ErasingDisk extends MemoryDisk {
  erasures = 0;

  override async makeFolder(path: string): Promise<readonly string[]> {
    const made = await super.makeFolder(path);
    if (this.erasures > 0) await this.removeEmptyFolder(path);
    this.erasures -= 1;
    return made;
  }
}

test('a disk that refuses writes loses no segment while another root takes them, and the hour continues there', async () => {
  const room = await new RecordingRoom({ roots: ['/root1', '/root2'] }).start();
  room.disk.space_ = { totalBytes: 1e12, freeBytes: 5e11 };
  await room.capture(3);
  const [first = ''] = room.of('segment.stored').map(({ root }) => root);
  room.disk.faults.refuses.set(first, 'EIO');
  await room.capture(3, { from: 903, startMs: START_MS + 3 * SEGMENT_MS });
  assert.is(room.of('pack.left').length, 1);
  assert.match(room.roots.problemOf(first) ?? '', 'EIO');
  await room.recorder.close('the server has ended');
  assert.equal(await room.playable('cam01'), names(900, 6));
  assert.equal(room.of('time.lost'), []);
});

test('after some seconds the streams of a disk that hangs move to another root, and no segment is lost', async () => {
  const room = await new RecordingRoom({ roots: ['/root1', '/root2'] }).start();
  await room.capture(2);
  const [first = ''] = room.of('segment.stored').map(({ root }) => root);
  room.disk.faults.hangs.add(first);
  await room.capture(6, { from: 902, startMs: START_MS + 2 * SEGMENT_MS });
  await room.advance(10_000);
  assert.match(room.roots.problemOf(first) ?? '', 'it has not answered for 5 s');
  room.disk.faults.hangs.clear();
  await room.recorder.close('the server has ended');
  assert.equal(await room.playable('cam01'), names(900, 8));
});

test('segments that cannot be stored within a minute are lost; the loss is told exactly, and marked in the next pack', async () => {
  const room = await new RecordingRoom().start();
  await room.capture(2);
  room.disk.faults.refuses.set('/disk', 'ENOSPC');
  const lost = 60;
  await room.capture(lost, { from: 902, startMs: START_MS + 2 * SEGMENT_MS });
  room.disk.faults.refuses.clear();
  await room.advance(60_000);
  const nextMs = START_MS + (2 + lost) * SEGMENT_MS;
  room.offer('cam01', 17, 902 + lost, nextMs);
  await room.advance(1000);
  await room.recorder.close('the server has ended');
  const recorded = await room.playable('cam01');
  const missing = names(900, 3 + lost).filter((name) => !recorded.includes(name));
  const told = room.of('time.lost');
  assert.ok(missing.length > 10 && missing.length < lost, `${missing.length} lost`);
  assert.is(
    told.reduce((sum, { lost: { segments } }) => sum + segments, 0),
    missing.length,
  );
  assert.match(told[0]?.lost.why ?? '', '/disk: no space is left');
  const { gaps, ranges } = room.catalogue.timeline('cam01', { fromMs: START_MS, untilMs: nextMs + SEGMENT_MS });
  const gapMs = gaps.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  assert.is(gapMs, missing.length * SEGMENT_MS);
  assert.match(gaps[0]?.why ?? '', 'no space is left');
  assert.is(
    ranges.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0),
    recorded.length * SEGMENT_MS,
  );
});

test('waiting segments are bounded in bytes too, over all streams', async () => {
  const { bytes } = new RecordingRoom().offer('cam01', 17, 900, START_MS);
  const room = await new RecordingRoom({ maxWaitingBytes: 6 * bytes }).start();
  room.disk.faults.hangs.add('/disk');
  for (let index = 0; index < 10; index += 1) {
    for (const stream of ['cam01', 'cam02']) room.offer(stream, 17, 900 + index, START_MS + index * SEGMENT_MS);
  }
  room.disk.faults.hangs.clear();
  await room.advance(60_000);
  await room.recorder.close('the server has ended');
  const lost = room.of('time.lost').reduce((sum, event) => sum + event.lost.segments, 0);
  // Six wait, and one of each stream is under way.
  assert.equal([room.of('segment.stored').length, lost], [8, 12]);
  assert.equal((await room.playable('cam01')).slice(-3), names(907, 3));
});

test('a folder that is removed before a pack has a file in it is made again, and its disk has not failed', async () => {
  const disk = new ErasingDisk();
  const room = await new RecordingRoom({ disk }).start();
  disk.erasures = 2;
  await room.capture(3);
  assert.is(room.roots.problem, undefined);
  assert.equal(await room.playable('cam01'), names(900, 3));
  disk.erasures = Number.POSITIVE_INFINITY;
  await room.capture(1, { epoch: 18, from: 903, startMs: START_MS + 3_600_000 });
  assert.match(room.roots.problem ?? '', 'there is no such file or folder');
});

test.run();
