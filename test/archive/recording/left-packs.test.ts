import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { SEGMENT_MS, START_MS } from '../../support/archive/pack-fixture.ts';
import { RecordingRoom } from '../../support/archive/recording-room.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/recording/left-packs', { deadlineMs: 60_000 });

const ROOTS = ['/root1', '/root2'];
const MINUTE_MS = 60_000;

function openPacks(room: RecordingRoom): number {
  return room.catalogue.packs('cam01').filter(({ why }) => why === undefined).length;
}

test('a pack that could not be continued because of its disk is closed when the disk takes writes again, with the reason', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  await room.captureOn(3, 0);
  const [{ root = '' } = {}] = room.of('segment.stored');
  room.disk.faults.refuses.set(root, 'EIO');
  await room.captureOn(3, 3);
  await room.advance(MINUTE_MS);
  assert.is(openPacks(room), 2, 'the one that was left, and the one that is written');
  room.disk.faults.refuses.clear();
  // It has been tried while the disk still refused, and is tried again.
  await room.advance(3 * MINUTE_MS);
  const [closed] = room.of('pack.closed');
  assert.equal([closed?.root, closed?.facts.lastNumber], [root, 902]);
  assert.match(closed?.facts.why ?? '', 'its disk failed: EIO');
  assert.is(openPacks(room), 1);
  assert.equal(room.of('pack.damaged'), []);
  assert.is((await room.playable('cam01')).length, 6);
});

test('a segment that its disk took in part is not in the pack when that is closed: it is stored elsewhere, or told lost', async () => {
  const room = await new RecordingRoom({ roots: ['/root1'] }).start();
  await room.captureOn(2, 0);
  const media = () => [...room.disk.contents().keys()].find((path) => path.endsWith(`/17-900-${START_MS}.ts`)) ?? '';
  const before = room.disk.contents().get(media()) ?? Buffer.alloc(0);
  room.disk.faults.refuses.set('/root1', 'ENOSPC');
  const { file } = room.offer('cam01', 17, 902, START_MS + 2 * SEGMENT_MS);
  const content = room.disk.contents().get(file) ?? Buffer.alloc(0);
  await room.advance(2 * MINUTE_MS);
  room.disk.tamper(media(), Buffer.concat([before, content.subarray(0, content.length / 2)]));
  room.disk.faults.refuses.clear();
  await room.advance(5 * MINUTE_MS);
  assert.is(room.of('pack.closed').length, 1);
  assert.equal(
    room.of('segment.lost').map(({ segment }) => segment.number),
    [902],
  );
  assert.equal(
    (await room.segments('cam01')).map(({ number }) => number),
    [900, 901],
  );
});

test('a pack on a disk that hangs is not touched before the disk has answered the earlier call', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  await room.captureOn(2, 0);
  const [{ root = '' } = {}] = room.of('segment.stored');
  room.disk.faults.hangs.add(root);
  await room.captureOn(5, 2);
  // It answers new calls, and never that one.
  room.disk.faults.hangs.clear();
  await room.advance(5 * MINUTE_MS);
  assert.equal(room.of('pack.closed'), []);
  assert.is(room.of('pack.left').length, 1);
  assert.is((await room.playable('cam01')).length, 7);
});

test('a root that hangs while a pack on it is closed holds up no pack of another root', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  const streams = ['cam01', 'cam02'];
  for (const [at, stream] of streams.entries()) {
    room.offer(stream, 17 + at, 900, START_MS);
    await room.advance(SEGMENT_MS);
  }
  const rootOf = new Map(room.of('segment.stored').map(({ stream, root }) => [stream, root]));
  assert.is(new Set(rootOf.values()).size, 2, 'each stream is on a root of its own');
  for (const root of ROOTS) room.disk.faults.refuses.set(root, 'EIO');
  for (const [at, stream] of streams.entries()) room.offer(stream, 17 + at, 901, START_MS + SEGMENT_MS);
  await room.advance(SEGMENT_MS);
  room.disk.faults.refuses.clear();
  // Only its media hangs, so the root counts as well.
  const read = room.disk.read.bind(room.disk);
  room.disk.read = (path, at, bytes) =>
    path.startsWith(`${rootOf.get('cam01')}/cam01`) ? new Promise(() => {}) : read(path, at, bytes);
  await room.advance(3 * MINUTE_MS);
  assert.equal(
    room.of('pack.closed').map(({ stream }) => stream),
    ['cam02'],
  );
});

test('a pack without a whole segment is removed, and no longer known', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  await room.captureOn(1, 0);
  const [{ root = '' } = {}] = room.of('segment.stored');
  room.disk.faults.refuses.set(root, 'EIO');
  await room.captureOn(1, 1);
  const [media = ''] = [...room.disk.contents().keys()].filter((path) => path.startsWith(root) && path.endsWith('.ts'));
  room.disk.tamper(media, Buffer.alloc(room.disk.contents().get(media)?.length ?? 0, 1));
  room.disk.faults.refuses.clear();
  await room.advance(MINUTE_MS);
  assert.is(room.of('pack.emptied').length, 1);
  assert.match(room.of('pack.damaged')[0]?.problem ?? '', 'are not those that were written');
  assert.not.ok(room.disk.contents().has(media));
  assert.equal(await room.playable('cam01'), ['17-901']);
});

test('the files of a pack that cannot be begun are closed', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  const create = room.disk.create.bind(room.disk);
  let open = 0;
  room.disk.create = async (path) => {
    const file = await create(path);
    open += 1;
    const close = () => {
      open -= 1;
      return file.close();
    };
    const refuse = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    return { ...file, close, write: path.startsWith('/root2') ? refuse : file.write };
  };
  room.disk.space = async (path) => ({ totalBytes: 1e12, freeBytes: path === '/root2' ? 9e11 : 1e11 });
  await room.roots.look();
  await room.captureOn(2, 0);
  assert.is(open, 2, 'of the pack that is written on the other root');
  await room.recorder.close('the server has ended');
  assert.is(open, 0);
  assert.equal(await room.playable('cam01'), ['17-900', '17-901']);
});

test('no pack is begun in a mount point whose disk went away between two looks', async () => {
  const room = await new RecordingRoom({ roots: ROOTS }).start();
  await room.captureOn(2, 0);
  const [{ root = '' } = {}] = room.of('segment.stored');
  for (const path of room.disk.contents().keys()) if (path.startsWith(root)) room.disk.tamper(path, undefined);
  room.offer('cam01', 21, 902, START_MS + 2 * SEGMENT_MS, true);
  await room.settle();
  room.offer('cam01', 21, 903, START_MS + 3 * SEGMENT_MS);
  await room.settle();
  const made = [...room.disk.contents().keys()].filter((path) => path.startsWith(root) && path.includes('/21-'));
  assert.equal(made, []);
  assert.equal(await room.playable('cam01'), ['21-902', '21-903']);
});

interface Fault {
  readonly kind: 'refuses' | 'hangs' | 'well' | 'gone' | 'ends' | 'twice';
  readonly root: string;
}

test('each segment is told once, as stored or as lost, whatever the disks do; segments that are not told yet wait', async () => {
  const fault: fc.Arbitrary<Fault> = fc.record({
    kind: fc.constantFrom('refuses', 'hangs', 'well', 'well', 'gone', 'ends', 'twice'),
    root: fc.constantFrom(...ROOTS),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fault), { minLength: 5, maxLength: 60 }), async (faults) => {
      const room = await new RecordingRoom({ roots: ROOTS, maxWaitingBytes: 40_000 }).start();
      const offered: string[] = [];
      for (const [index, each] of faults.entries()) {
        const segment = room.offer('cam01', 17, 900 + index, START_MS + index * SEGMENT_MS, index === 0);
        offered.push(segment.file);
        if (each !== null) misbehave(room, each);
        if (each?.kind === 'gone') room.disk.tamper(segment.file, undefined);
        if (each?.kind === 'twice') room.recorder.offer(segment, { home: 's02', segmentMs: SEGMENT_MS });
        await room.advance(SEGMENT_MS);
        assert.equal([...told(room), ...room.recorder.waitingFiles()].sort(), offered.toSorted());
      }
      room.disk.faults.refuses.clear();
      room.disk.faults.hangs.clear();
      await room.advance(2 * MINUTE_MS);
      assert.equal(told(room).toSorted(), offered.toSorted());
      const lost = room.of('segment.lost').length;
      room.recorder.end('cam01', 'its capture has ended');
      await room.settle();
      assert.is(
        room.of('time.lost').reduce((sum, event) => sum + event.lost.segments, 0),
        lost,
      );
    }),
    { numRuns: 60 },
  );
});

function misbehave({ disk, recorder }: RecordingRoom, { kind, root }: Fault): void {
  if (kind === 'refuses') disk.faults.refuses.set(root, 'EIO');
  else if (kind === 'hangs') disk.faults.hangs.add(root);
  else if (kind === 'well') {
    disk.faults.refuses.delete(root);
    disk.faults.hangs.delete(root);
  } else if (kind === 'ends') recorder.end('cam01', 'its capture has ended');
}

function told(room: RecordingRoom): readonly string[] {
  const stored = room.of('segment.stored').map(({ entry, facts }) => `/live/cam01/${facts.epoch}-${entry.number}.ts`);
  return [...stored, ...room.of('segment.lost').map(({ segment }) => segment.file)];
}

test('segments that have waited only shortly are not told as waiting', async () => {
  const room = await new RecordingRoom().start();
  room.disk.faults.hangs.add('/disk');
  const old = room.offer('cam01', 17, 900, START_MS, true);
  await room.advance(3000);
  const young = room.offer('cam01', 17, 901, START_MS + SEGMENT_MS);
  assert.equal(room.recorder.waitingFiles(), [old.file, young.file]);
  assert.equal(room.recorder.waitingFiles(2000), [old.file]);
});

test('a stream that is forgotten and offered again meanwhile has one recorder, and its pack is closed at the end', async () => {
  const room = await new RecordingRoom().start();
  await room.captureOn(1, 0);
  const forgotten = room.recorder.forget('cam01', 'it is not defined any more');
  room.offer('cam01', 17, 901, START_MS + SEGMENT_MS);
  await forgotten;
  await room.settle();
  await room.recorder.close('the server has ended');
  assert.is(openPacks(room), 0);
  assert.equal(await room.playable('cam01'), ['17-900', '17-901']);
});

test.run();
