import * as assert from 'uvu/assert';
import { indexPath, mediaPath } from '../../../src/archive/pack/pack-reading.ts';
import { pause } from '../../../src/host/clock.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { START_MS, testSegments } from '../../support/archive/pack-fixture.ts';
import { ReturnHerd } from '../../support/archive/return-herd.ts';
import {
  bringHome,
  filesOf,
  HOME_PLACE,
  HolderOfOne,
  homeDisk,
  isWhole,
  owedPack,
} from '../../support/archive/return-room.ts';
import type { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/returning/packs-of-one-name');

const EARLIER_MS = START_MS - 600_000;

/** It does not answer the first write into the first pack for eight seconds. */
class StallingDisk extends MemoryDisk {
  isStalling = false;
  readonly #clock: HeapClock;

  constructor(clock: HeapClock) {
    super();
    this.#clock = clock;
  }

  bytesOf(path: string): number {
    return this.contentOf(path)?.length ?? 0;
  }

  override async create(path: string) {
    const file = await super.create(path);
    if (!this.isStalling || !path.endsWith('.ts')) return file;
    this.isStalling = false;
    const write = async (bytes: Uint8Array, at: number) => {
      await pause(this.#clock.asClock(START_MS), 8000);
      await file.write(bytes, at);
    };
    return { ...file, write };
  }
}

test('a disk that hangs at the first segment of a pack leaves two of one name: the home gets all segments, and nothing is stuck', async () => {
  for (const isShorterHome of [false, true]) {
    const herd = new ReturnHerd({ roots: ['/disk', '/disk2'].map((path) => ({ path, reserve: 0.05 })) });
    herd.define({ stream: 'cam01', home: 's02', owner: 's01' });
    const disk = new StallingDisk(herd.clock);
    const room = await herd.start('s01', disk);
    disk.isStalling = true;
    await room.capture('cam01', 17, 900, 4, EARLIER_MS);
    await herd.advance(10_000);
    room.archive.receive({ type: 'ended', stream: 'cam01', why: 'its capture has ended' });
    const packs = () => [...disk.contents().keys()].filter((path) => /^\/disk2?\/cam01\/.*\.ts$/.test(path));
    const question = { stream: 'cam01', fromMs: 0, untilMs: 1e15, limit: 10 };
    const areClosed = async () => (await room.archive.desk.recordings(question)).packs.every(({ why }) => why);
    assert.ok(await herd.until(areClosed));
    assert.is(packs().length, 2);
    await herd.start('s02');
    await herd.advance(1000);
    const home = herd.stop('s02').afterProcessEnd();
    if (isShorterHome) {
      const [shorter = ''] = packs().sort((one, other) => disk.bytesOf(one) - disk.bytesOf(other));
      for (const path of [shorter, shorter.replace(/ts$/, 'm3u8')]) {
        home.tamper(path.replace('/disk2/', '/disk/'), disk.contents().get(path));
      }
    }
    herd.define({ stream: 'cam01', home: 's02', owner: 's02' });
    await herd.start('s02', home);
    const isOver = await herd.until(async () => {
      assert.equal([...(await herd.listed('cam01')).keys()].sort(), ['17-900', '17-901', '17-902', '17-903']);
      return packs().length === 0;
    });
    assert.ok(isOver, packs().join());
    assert.is(await herd.owedPacks(), 0);
    assert.equal(herd.room('s02').events('archive-return-stuck'), []);
  }
});

test('a debt that a longer recording in its place begins with is confirmed, and that one stays', async () => {
  const [longer, beginning] = [await owedPack(), await owedPack(testSegments(1))];
  const disk = await homeDisk();
  await bringHome(disk, new HolderOfOne(longer));
  for (const state of ['owed', 'asking'] as const) {
    const debt = { ...beginning.debt, state };
    const { ended, receipts, whole } = await bringHome(disk, new HolderOfOne(beginning), { debt });
    assert.equal([ended, receipts], ['returned', [beginning.debt.sha256]]);
    assert.is(whole[0]?.lastNumber, longer.debt.lastNumber);
    assert.ok(isWhole(disk, longer));
  }
  for (const path of [mediaPath(HOME_PLACE, longer.debt), indexPath(HOME_PLACE, longer.debt)]) {
    const damaged = disk.afterProcessEnd();
    const text = String(damaged.contents().get(path));
    const bytes = Buffer.from(damaged.contents().get(path) ?? '');
    const at = path.endsWith('.ts') ? bytes.length - 1 : text.lastIndexOf('#STREAMHERD-SEGMENT') + 21;
    damaged.tamper(path, bytes.fill('!', at, at + 1));
    const before = damaged.contents();
    assert.is((await bringHome(damaged, new HolderOfOne(beginning))).ended, 'stuck', `not whole behind that: ${path}`);
    assert.equal(damaged.contents(), before);
  }
});

test('the beginning of a debt is replaced by all of it, and the holder is asked once more if it does not say what it has', async () => {
  const [longer, beginning] = [await owedPack(), await owedPack(testSegments(1))];
  const disk = await homeDisk();
  await bringHome(disk, new HolderOfOne(beginning));
  const deaf = new HolderOfOne(longer);
  deaf.index = () => Promise.reject(new Error('the connection ended'));
  const { ended, blame, receipts } = await bringHome(disk, deaf);
  assert.equal([ended, blame, receipts], ['postponed', 'holder', []]);
  const gone = new HolderOfOne(longer);
  gone.isGone = true;
  assert.is((await bringHome(disk, gone)).ended, 'void');
  assert.ok(isWhole(disk, beginning));
  const end = await bringHome(disk, new HolderOfOne(longer));
  assert.equal([end.ended, end.receipts], ['returned', [longer.debt.sha256]]);
  assert.ok(isWhole(disk, longer));
  assert.equal(filesOf(disk, longer), ['.m3u8', '.ts']);
});

test.run();
