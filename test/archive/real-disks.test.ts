import { lookup } from 'node:dns/promises';
import { readdir, readFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { POOL_THREADS } from '../../src/warden/server-run.ts';
import { ImageDisk } from '../support/archive/image-disk.ts';
import { RealRoom } from '../support/archive/real-room.ts';
import { eventually } from '../support/eventually.ts';
import { findNamespaces, isInNamespaces, runInNamespaces } from '../support/own-namespaces.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('archive/real-disks', { deadlineMs: 60_000 });

const STREAMS = ['cam01', 'cam02', 'cam03'];

interface Bench extends AsyncDisposable {
  readonly path: string;
  readonly one: ImageDisk;
  readonly two: ImageDisk;
  readonly live: string;
}

/** Two disks, and a live folder on neither. */
async function twoDisks(): Promise<Bench> {
  const folder = await tempFolder();
  const { path } = folder;
  const one = await ImageDisk.make(path, 'one');
  const two = await ImageDisk.make(path, 'two');
  const end = async () => {
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  return { path, one, two, live: `${path}/live`, [Symbol.asyncDispose]: end };
}

async function capture(room: RealRoom, from: number, count: number): Promise<void> {
  for (let index = from; index < from + count; index += 1) {
    for (const stream of STREAMS) await room.offer(stream, 17, index);
    await room.advance(2000);
  }
}

function names(count: number, from = 0): readonly string[] {
  return STREAMS.flatMap((stream) => Array.from({ length: count }, (_, index) => `${stream}/17-${900 + from + index}`));
}

/** All that was sent is stored, and a server that starts on the same disks lists each once and plays it. */
async function allIsThere(room: RealRoom, { live, one, two }: Bench, count: number): Promise<void> {
  await room.until('everything is recorded', () => room.of('segment.stored').length >= count * STREAMS.length);
  await room.recorder.close('the server has ended');
  assert.equal([...(await room.playable())].sort(), [...names(count)].sort());
  const again = new RealRoom({ live, roots: [one.folder, two.folder], knownIds: room.ids, sent: room.sent });
  await again.start();
  assert.equal([...(await again.playable())].sort(), [...names(count)].sort());
  assert.equal(room.of('time.lost'), []);
}

async function started(bench: Bench): Promise<RealRoom> {
  return new RealRoom({ live: bench.live, roots: [bench.one.folder, bench.two.folder] }).start();
}

function diskOf(room: RealRoom, { one, two }: Bench): ImageDisk {
  const [stored] = room.of('segment.stored');
  return stored?.root === one.folder ? one : two;
}

function tests(): void {
  test('a disk that becomes full costs no segment while another has room', async () => {
    await using bench = await twoDisks();
    const room = await started(bench);
    await capture(room, 0, 3);
    await diskOf(room, bench).fill();
    await capture(room, 3, 5);
    await allIsThere(room, bench, 8);
  });

  test('a single disk that is full loses what waits too long, exactly told, and goes on when it has room', async () => {
    await using bench = await twoDisks();
    const room = await new RealRoom({ live: bench.live, roots: [bench.one.folder] }).start();
    await capture(room, 0, 3);
    await bench.one.fill();
    await capture(room, 3, 40);
    await bench.one.empty();
    const told = () => room.of('segment.stored').length + room.of('segment.lost').length;
    await room.until('each segment is stored or lost', () => told() === 43 * STREAMS.length);
    await room.recorder.close('the server has ended');
    const recorded = await room.playable();
    const lost = room
      .of('segment.lost')
      .map(({ stream, segment: { epoch, number } }) => `${stream}/${epoch}-${number}`);
    assert.ok(lost.length > 0);
    assert.equal([...recorded, ...lost].sort(), [...names(43)].sort());
    assert.match(room.of('time.lost')[0]?.lost.why ?? '', /no space is left|it is full/);
  });

  test('a disk that becomes read-only costs no segment, and what it has plays', async () => {
    await using bench = await twoDisks();
    const room = await started(bench);
    await capture(room, 0, 3);
    const disk = diskOf(room, bench);
    await disk.makeReadOnly();
    await capture(room, 3, 5);
    assert.match(room.roots.problemOf(disk.folder) ?? '', /read-only|EIO/);
    await allIsThere(room, bench, 8);
  });

  test('a disk that hangs costs no segment, and what was left open on it is closed when it goes on', async () => {
    await using bench = await twoDisks();
    const room = await started(bench);
    await capture(room, 0, 3);
    const disk = diskOf(room, bench);
    await disk.halt();
    await capture(room, 3, 8);
    await room.until('the other disk records', () => room.of('segment.stored').length === 11 * STREAMS.length);
    assert.match(room.roots.problemOf(disk.folder) ?? '', 'it has not answered');
    await disk.goOn();
    await room.until('what was left is closed', () => room.of('pack.closed').length >= room.of('pack.left').length);
    assert.ok(room.of('pack.left').length > 0);
    await allIsThere(room, bench, 11);
  });

  test('a root that hangs, with 50 streams on it, holds up neither the other root, nor live segments, nor names', async () => {
    await using bench = await twoDisks();
    const room = await started(bench);
    const offer = async (index: number) => {
      for (let stream = 0; stream < 100; stream += 1) await room.offer(`cam${stream}`, 17, index, 5);
    };
    await offer(0);
    await room.recorder.idle();
    const streamsOn = (disk: ImageDisk) =>
      new Set(room.of('segment.stored').flatMap(({ root, stream }) => (root === disk.folder ? [stream] : []))).size;
    const hanging = streamsOn(bench.one) >= 50 ? bench.one : bench.two;
    const others = 100 - streamsOn(hanging);
    await hanging.halt();
    await offer(1);
    // The clock stands still: no disk is given up.
    await eventually('the other root goes on', () => room.of('segment.stored').length === 100 + others);
    const live = `${bench.live}/cam0/17-901.ts`;
    const reads = await Promise.all(Array.from({ length: 10 }, () => readFile(live)));
    assert.ok(reads.every(({ length }) => length > 0));
    assert.ok((await lookup('localhost')).address);
    // A hundred streams take their time: no other disk is to be given up.
    await room.until('all are recorded on the other root', () => room.of('segment.stored').length === 200, 400);
    await hanging.goOn();
    await room.recorder.close('the server has ended');
    assert.is((await room.playable()).length, 200);
  });

  test('nothing is written into a mount point whose disk was taken away; it is used again when it is back', async () => {
    await using bench = await twoDisks();
    const room = await started(bench);
    await capture(room, 0, 3);
    const disk = diskOf(room, bench);
    const other = disk === bench.one ? bench.two : bench.one;
    await disk.unmount();
    for (const stream of STREAMS) room.recorder.end(stream, 'its capture has ended');
    await capture(room, 3, 5);
    assert.equal(await readdir(disk.folder), []);
    await room.until('it is looked at', () => room.roots.problemOf(disk.folder)?.includes('not mounted') === true);
    await room.until('the other disk records', () => room.of('segment.stored').length === 8 * STREAMS.length);
    assert.is(room.of('segment.stored').at(-1)?.root, other.folder);
    await using _back = await ImageDisk.mount(`${disk.folder}.image`, disk.folder);
    await room.until('it is used again', () => room.roots.problemOf(disk.folder) === undefined);
    await allIsThere(room, bench, 8);
  });

  test('a disk of another server in the place of a root is left alone', async () => {
    await using bench = await twoDisks();
    const room = await new RealRoom({ live: bench.live, roots: [bench.one.folder, `${bench.path}/three`] });
    await using three = await ImageDisk.make(bench.path, 'three');
    await room.start();
    await three.unmount();
    const foreign = '{"v":1,"id":"another-identity","server":"s02"}\n';
    await bench.two.unmount();
    await using swapped = await ImageDisk.mount(`${bench.two.folder}.image`, three.folder);
    await room.disk.replace(`${swapped.folder}/streamherd-archive.json`, foreign);
    await capture(room, 0, 5);
    await room.until('everything is recorded', () => room.of('segment.stored').length === 5 * STREAMS.length);
    await room.until('it is looked at', () => room.roots.problemOf(three.folder) !== undefined);
    assert.is(room.roots.problemOf(three.folder), 'it is the archive of the server s02');
    assert.equal((await readdir(swapped.folder)).sort(), ['lost+found', 'streamherd-archive.json']);
    await room.recorder.close('the server has ended');
    assert.equal([...(await room.playable())].sort(), [...names(5)].sort());
  });

  test('after a power loss at any moment everything that was synced is there, listed once, and plays', async () => {
    await using bench = await twoDisks();
    const room = await new RealRoom({ live: bench.live, roots: [bench.one.folder] }).start();
    for (let moment = 0; moment < 6; moment += 1) {
      await capture(room, moment * 3, 3);
      if (moment === 3) room.recorder.end('cam01', 'its capture has ended');
      const synced = new Set(
        room
          .of('pack.synced')
          .flatMap(({ stream, facts: { epoch, firstNumber, lastNumber } }) =>
            Array.from(
              { length: lastNumber - firstNumber + 1 },
              (_, index) => `${stream}/${epoch}-${firstNumber + index}`,
            ),
          ),
      );
      const image = `${bench.path}/loss${moment}.image`;
      await bench.one.copy(image);
      const folder = `${bench.path}/loss${moment}`;
      await using _found = await ImageDisk.mount(image, folder);
      const after = await new RealRoom({ live: `${bench.path}/none`, roots: [folder], sent: room.sent }).start();
      const playable = await after.playable();
      assert.equal(
        [...synced].filter((name) => !playable.includes(name)),
        [],
        `at moment ${moment}`,
      );
      if (moment > 3) assert.ok(synced.size > 0);
    }
  });
}

const namespaces = findNamespaces();
const isIn = isInNamespaces();
const whyNot = isIn ? await ImageDisk.whyNot() : 'whyNot' in namespaces ? namespaces.whyNot : undefined;
if (whyNot !== undefined) test.skip('disks that fail in every way', whyNot);
else if (isIn) tests();
else if ('command' in namespaces) {
  process.env.UV_THREADPOOL_SIZE = POOL_THREADS;
  process.exit(await runInNamespaces(namespaces, process.argv.slice(1)));
}

test.run();
