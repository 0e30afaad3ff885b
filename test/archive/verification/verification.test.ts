import * as assert from 'uvu/assert';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { VERIFIED_FILE } from '../../../src/archive/disk/root-identity.ts';
import { mediaPath, type PackPlace } from '../../../src/archive/pack/pack-reading.ts';
import { Verification } from '../../../src/archive/verification/verification.ts';
import type { Told } from '../../../src/domain/herd-event.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/verification/verification');

const HOUR_MS = 3_600_000;
const VERIFY_MS = 24 * HOUR_MS;

/** Packs of an hour each, on one root, and what reads them back, with a clock that is turned by hand. */
class VerificationRoom {
  readonly clock = new HeapClock();
  readonly told: Told[] = [];
  readonly problems: string[] = [];
  readonly read: string[] = [];
  readonly disk: MemoryDisk;
  readonly catalogue: Catalogue;
  readonly verification: Verification;
  delayMs = 0;

  constructor(disk = new MemoryDisk(), { isScrubbed = true }: { readonly isScrubbed?: boolean } = {}) {
    this.disk = disk;
    const onProblem = (problem: string) => this.problems.push(problem);
    this.catalogue = new Catalogue({ disk, server: 's01', onProblem });
    const { clock } = this;
    this.verification = new Verification({
      disk,
      catalogue: this.catalogue,
      clock: {
        now: () => clock.now(),
        unixMs: () => START_MS + clock.now(),
        setTimeout: (run, waitMs) => clock.setTimeout(run, waitMs),
        clearTimeout: (timer) => {
          if (typeof timer === 'number') clock.clearTimeout(timer);
        },
      },
      verifyMs: isScrubbed ? VERIFY_MS : undefined,
      recorderDelayMs: () => this.delayMs,
      tell: (told) => this.told.push(told),
      onProblem,
    });
    const read = disk.read.bind(disk);
    disk.read = (path, at, bytes) => {
      if (path.endsWith('.ts') && this.read.at(-1) !== path) this.read.push(path);
      return read(path, at, bytes);
    };
  }

  async write(hours: readonly number[], place: PackPlace = PLACE): Promise<readonly string[]> {
    const media: string[] = [];
    for (const hour of hours) {
      const { id } = await writePack(this.disk, testSegments(4, 90_000 + hour * 1800, START_MS + hour * HOUR_MS), {
        place,
      });
      media.push(mediaPath(place, id));
    }
    return media;
  }

  async start(): Promise<this> {
    await this.catalogue.load(['/disk']);
    this.verification.setRoots(['/disk']);
    return this;
  }

  async advance(ms: number, stepMs = 1000): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  spoil(media: string, at = 300): void {
    const bytes = Buffer.from(this.disk.contents().get(media) ?? []);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    this.disk.tamper(media, bytes);
  }
}

test('every pack is read once in the configured time, the oldest first, and then again', async () => {
  const room = new VerificationRoom();
  const media = await room.write([-3, -1, -2]);
  await room.start();
  await room.advance(HOUR_MS / 60);
  assert.equal(room.read, [media[0], media[2], media[1]]);
  const [root] = room.verification.state.roots;
  assert.equal([root?.round?.packs, root?.leftPacks, root?.rottenPacks], [3, 0, 0]);
  assert.ok(root?.round?.endedMs);
  await room.advance(VERIFY_MS + 4 * HOUR_MS, HOUR_MS / 4);
  assert.is(room.read.length, 6, 'the second round, and no third');
  assert.equal(room.told, []);
  await room.verification.close();
});

test('after a start the round continues after the pack that was read last; without its memory it begins again', async () => {
  const room = new VerificationRoom();
  const media = await room.write([-3, -2]);
  await room.start();
  await room.advance(10_000);
  await room.verification.close();
  for (const damage of [false, true]) {
    const next = new VerificationRoom(room.disk.afterProcessEnd());
    const [newest = ''] = await next.write([-1]);
    // The round was over: a pack that was recorded meanwhile is read in the next one.
    const memory = next.disk.contents().get(`/disk/${VERIFIED_FILE}`)?.toString() ?? '';
    assert.match(memory, '"round"');
    const inTheMiddle = memory.replace(/^\w+ .*$/m, '');
    if (damage) next.disk.tamper(`/disk/${VERIFIED_FILE}`, Buffer.from(inTheMiddle));
    await next.start();
    await next.advance(10_000);
    assert.equal(next.read, damage ? [...media, newest] : []);
    await next.verification.close();
  }
});

test('rotten segments are told once, with their time, and remembered', async () => {
  const room = new VerificationRoom();
  const [media = '', well = ''] = await room.write([-2, -1]);
  room.spoil(media);
  await room.start();
  await room.advance(VERIFY_MS * 2, HOUR_MS / 4);
  assert.is(room.told.length, 1);
  const [told] = room.told;
  assert.equal([told?.kind, told?.stream, told?.epoch, told?.detail?.media], ['pack-rotten', 'cam01', 17, media]);
  assert.equal(
    [told?.detail?.from, told?.detail?.until, told?.detail?.segments],
    ['2026-11-22T04:10:00.000Z', '2026-11-22T04:10:02.000Z', 1],
  );
  const [pack] = room.catalogue.packs('cam01');
  assert.ok(pack && room.verification.rotten.isRotten('/disk', 'cam01', pack, pack.firstNumber));
  assert.not(pack && room.verification.rotten.isRotten('/disk', 'cam01', pack, pack.firstNumber + 1));
  await room.verification.close();

  const next = await new VerificationRoom(room.disk.afterProcessEnd()).start();
  await next.advance(2000);
  assert.equal(
    next.verification.state.roots.map(({ rottenPacks }) => rottenPacks),
    [1],
    'before it was read again',
  );
  await next.advance(VERIFY_MS, HOUR_MS / 4);
  assert.ok(next.read.includes(well));
  assert.equal(next.told, [], 'and it is not told again');
  await next.verification.close();
});

test('the reading stops while the recorder is late, and goes on when it is in time again', async () => {
  const room = new VerificationRoom();
  await room.write([-2, -1]);
  room.delayMs = 5000;
  await room.start();
  await room.advance(60_000);
  assert.equal(room.read, []);
  room.delayMs = 0;
  await room.advance(10_000);
  assert.is(room.read.length, 2);
  await room.verification.close();
});

test('an order reads the packs that it names, also when the regular reading is off, and tells what it found', async () => {
  const room = new VerificationRoom(new MemoryDisk(), { isScrubbed: false });
  const place = { ...PLACE, stream: 'cam02', folder: '/disk/cam02' };
  const [first = '', second = ''] = await room.write([-3, -2]);
  const [other = ''] = await room.write([-3], place);
  await room.start();
  await room.advance(60_000);
  assert.equal(room.read, []);
  room.spoil(first);
  assert.is(room.verification.order({ stream: 'cam99' }), 'there is no closed recording to verify');
  assert.is(room.verification.order({ stream: 'cam01' }), undefined);
  assert.match(room.verification.order({}) ?? '', /^a verification is under way: 0 of 2 packs/);
  await room.advance(5000);
  assert.equal(room.read, [first, second]);
  const { order } = room.verification.state;
  assert.equal([order?.packs, order?.checkedPacks, order?.rottenPacks, order?.passedOver], [2, 2, 1, 0]);
  assert.ok(order?.endedMs && !order.isCancelled);
  const time = { fromMs: START_MS - 3 * HOUR_MS, untilMs: START_MS - 2 * HOUR_MS - 1000 };
  room.read.length = 0;
  assert.is(room.verification.order({ time }), undefined);
  await room.advance(5000);
  assert.equal(room.read.toSorted(), [first, other].toSorted());
  await room.verification.close();
});

test('an order that is cancelled ends, and another order may begin', async () => {
  const room = new VerificationRoom(new MemoryDisk(), { isScrubbed: false });
  await room.write([-3, -2, -1]);
  await room.start();
  room.delayMs = 5000;
  assert.is(room.verification.order({}), undefined);
  await room.advance(3000);
  assert.is(room.verification.cancel(), true);
  assert.is(room.verification.cancel(), false);
  assert.ok(room.verification.state.order?.isCancelled);
  room.delayMs = 0;
  assert.is(room.verification.order({}), undefined);
  await room.advance(10_000);
  assert.is(room.verification.state.order?.checkedPacks, 3);
  await room.verification.close();
});

test('when a player’s request finds a rotten segment, its pack is read next', async () => {
  const room = new VerificationRoom(new MemoryDisk(), { isScrubbed: false });
  const [, media = ''] = await room.write([-3, -2, -1]);
  room.spoil(media);
  await room.start();
  const pack = room.catalogue.packs('cam01')[1];
  room.verification.suspect('cam01', 17, pack?.firstNumber ?? 0);
  room.verification.suspect('cam01', 17, pack?.firstNumber ?? 0);
  await room.advance(3000);
  assert.equal([room.read, room.told.length], [[media], 1]);
  room.verification.suspect('cam01', 17, pack?.firstNumber ?? 0);
  await room.advance(3000);
  assert.is(room.read.length, 1, 'what is known to be rotten is not read again');
  await room.verification.close();
});

test('a root that goes offline is left alone: nothing is written into the folder that its disk was mounted on', async () => {
  const room = new VerificationRoom();
  await room.write([-2, -1]);
  room.delayMs = 5000;
  await room.start();
  await room.advance(2000);
  const { writes } = room.disk;
  room.verification.setRoots([]);
  room.delayMs = 0;
  await room.advance(120_000);
  assert.equal([room.disk.writes, room.read, room.verification.state.roots], [writes, [], []]);
  await room.verification.close();
});

test.run();
