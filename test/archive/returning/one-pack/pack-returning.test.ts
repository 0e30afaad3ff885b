import * as assert from 'uvu/assert';
import { summaryOf } from '../../../../src/archive/catalogue/day-scan.ts';
import { IDENTITY_FILE } from '../../../../src/archive/disk/root-identity.ts';
import { completeSummary, SUMMARY_FILE } from '../../../../src/archive/pack/day-summary.ts';
import { dayFolder } from '../../../../src/archive/pack/pack-name.ts';
import { indexPath, mediaPath, readPack } from '../../../../src/archive/pack/pack-reading.ts';
import { MemoryDisk } from '../../../support/archive/memory-disk.ts';
import { testSegments } from '../../../support/archive/pack-fixture.ts';
import {
  bringHome,
  filesOf,
  HOME_PLACE,
  HolderOfOne,
  homeDisk,
  isWhole,
  type OwedPack,
  owedPack,
} from '../../../support/archive/return-room.ts';
import { Random } from '../../../support/random.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('archive/returning/one-pack/pack-returning');

const media = ({ debt }: OwedPack) => mediaPath(HOME_PLACE, debt);

/** What the disk has in its place is damaged. */
function spoilt(disk: MemoryDisk, path: string): void {
  const bytes = Buffer.from(disk.contents().get(path) ?? Buffer.alloc(0));
  bytes[500] = (bytes[500] ?? 0) ^ 4;
  disk.tamper(path, bytes);
}

test('a pack comes home whole, with an index that names its home, and is confirmed once', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const { ended, receipts, whole } = await bringHome(disk, new HolderOfOne(pack));
  assert.is(ended, 'returned');
  assert.ok(isWhole(disk, pack));
  assert.equal(receipts, [pack.debt.sha256]);
  assert.equal(filesOf(disk, pack), ['.m3u8', '.ts']);
  const { bytes, lastNumber, endMs } = pack.debt;
  assert.equal(
    whole.map((held) => [held.root, held.home, held.bytes, held.lastNumber, held.endMs]),
    [['/disk', 's02', bytes, lastNumber, endMs]],
  );
  const { problems } = await readPack(disk, HOME_PLACE, pack.debt);
  assert.equal(problems, []);
  const day = { place: HOME_PLACE, day: dayFolder(pack.debt.startMs), isRecent: false };
  assert.is(await summaryOf(disk, day), undefined, 'the day is read from its folders again');
});

test('whatever write the process or the power ends at, the next tries bring it home, and no receipt is sent for what could still be lost', async () => {
  const pack = await owedPack();
  const count = await homeDisk();
  await bringHome(count, new HolderOfOne(pack));
  assert.ok(count.writes > 10);
  const random = new Random(7);
  for (let writes = 1; writes <= count.writes; writes += 1) {
    for (const how of ['process', 'power'] as const) {
      const first = await homeDisk();
      first.writesLeft = writes;
      const isSafe = (disk: MemoryDisk) => {
        for (let seed = 0; seed < 5; seed += 1) assert.ok(isWhole(disk.afterPowerLoss(new Random(seed)), pack), how);
      };
      await bringHome(first, new HolderOfOne(pack), { onReceipt: () => isSafe(first) });
      const second = how === 'process' ? first.afterProcessEnd() : first.afterPowerLoss(random);
      const holder = new HolderOfOne(pack);
      const { ended, why, receipts } = await bringHome(second, holder, { onReceipt: () => isSafe(second) });
      assert.is(`${ended} ${why}`, 'returned ', `after ${writes} writes: ${how}`);
      assert.equal(receipts, [pack.debt.sha256]);
      assert.ok(isWhole(second, pack));
      assert.equal(filesOf(second, pack), ['.m3u8', '.ts']);
    }
  }
});

test('a fetch that broke off goes on behind what has come', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  holder.breaksAfter = 3000;
  const { ended, why, blame } = await bringHome(disk, holder);
  assert.equal([ended, blame], ['postponed', 'holder']);
  assert.match(why, /s01.*the connection ended/);
  assert.equal(filesOf(disk, pack), ['.m3u8.part', '.ts.part']);
  holder.breaksAfter = Number.POSITIVE_INFINITY;
  assert.is((await bringHome(disk, holder)).ended, 'returned');
  assert.is(holder.fetchedBytes, pack.media.length);
});

test('a byte that is changed on its way, or lost in a part, is fetched again', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  let flips = 2;
  holder.onWire = (chunk) => {
    if (flips > 0) chunk[9] = (chunk[9] ?? 0) ^ 1;
    flips -= 1;
    return chunk;
  };
  const { ended, receipts } = await bringHome(disk, holder);
  assert.is(ended, 'returned');
  assert.equal(receipts, [pack.debt.sha256]);
  assert.ok(isWhole(disk, pack));
  const other = await homeDisk();
  holder.breaksAfter = 3000;
  await bringHome(other, holder);
  spoilt(other, `${media(pack)}.part`);
  holder.breaksAfter = Number.POSITIVE_INFINITY;
  assert.is((await bringHome(other, holder)).ended, 'returned');
  assert.ok(isWhole(other, pack));
});

test('a pack that is never what its holder lists is given up after three tries: nothing is placed, and no receipt is sent', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  holder.onWire = (chunk, at) => {
    if (at === 0) chunk[9] = (chunk[9] ?? 0) ^ 1;
    return chunk;
  };
  const { ended, receipts } = await bringHome(disk, holder);
  assert.is(ended, 'stuck');
  assert.equal(receipts, []);
  assert.is(holder.fetchedBytes, 3 * pack.media.length);
  assert.equal(filesOf(disk, pack), []);
});

test('more bytes than the pack has, fewer, and an index of other bytes are refused', async () => {
  const pack = await owedPack();
  const wrong: readonly [(holder: HolderOfOne) => void, RegExp][] = [
    [(holder) => (holder.onWire = (chunk) => Buffer.concat([chunk, chunk])), /more bytes/],
    [(holder) => (holder.onWire = (chunk, at) => (at === 0 ? chunk : Buffer.alloc(0))), /ended it after 700 of/],
  ];
  for (const [spoil, expected] of wrong) {
    const holder = new HolderOfOne(pack);
    spoil(holder);
    const { ended, why, receipts } = await bringHome(await homeDisk(), holder);
    assert.is(ended, 'postponed');
    assert.match(why, expected);
    assert.equal(receipts, []);
  }
  const other = await owedPack(undefined, { sha256: '0'.repeat(64) });
  const { ended, why } = await bringHome(await homeDisk(), new HolderOfOne(other));
  assert.is(ended, 'postponed');
  assert.match(why, /the index that s01 has of it cannot be used: it names other bytes than the debt/);
});

test('a pack that its holder does not owe any more is let go, and what had come of it is removed', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  holder.breaksAfter = 3000;
  await bringHome(disk, holder);
  holder.isGone = true;
  const { ended, receipts } = await bringHome(disk, holder);
  assert.is(ended, 'void');
  assert.equal(receipts, []);
  assert.equal(filesOf(disk, pack), []);
});

test('the second question is answered from the disk: whole, damaged, gone, and of a root that is not there', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  await bringHome(disk, holder);
  const debt = { ...pack.debt, state: 'asking', question: 'q2' } as const;
  assert.equal((await bringHome(disk, holder, { debt })).receipts, [pack.debt.sha256]);
  holder.fetchedBytes = 0;
  const damaged = disk.afterProcessEnd();
  spoilt(damaged, media(pack));
  assert.equal((await bringHome(damaged, holder, { debt })).receipts, [null]);
  const withoutIndex = disk.afterProcessEnd();
  withoutIndex.tamper(indexPath(HOME_PLACE, debt), undefined);
  assert.equal((await bringHome(withoutIndex, holder, { debt })).receipts, [null]);
  const empty = await homeDisk();
  assert.equal((await bringHome(empty, holder, { debt })).receipts, [null]);
  const bare = new MemoryDisk();
  await bare.makeFolder('/disk');
  const whyMaybeAway = () => 'it may be on /disk, which is offline';
  const away = await bringHome(bare, holder, { debt, roots: [], whyMaybeAway });
  assert.equal([away.ended, away.blame, away.receipts], ['postponed', 'home', []]);
  assert.is(holder.fetchedBytes, 0);
});

test('what lies in its place under an index that names other bytes stays, whether it is whole or not', async () => {
  const longer = await owedPack();
  const segments = testSegments(3);
  const changed = segments.map((each) => ({ ...each, content: Buffer.from(each.content).fill(7, 300, 310) }));
  const [beginning, other] = [await owedPack(segments), await owedPack(changed)];
  for (const [owed, isRotten] of [
    [other, false],
    [other, true],
    [beginning, true],
  ] as const) {
    const disk = await homeDisk();
    assert.is((await bringHome(disk, new HolderOfOne(longer))).ended, 'returned');
    if (isRotten) spoilt(disk, media(longer));
    const before = disk.contents();
    const { ended, why, receipts } = await bringHome(disk, new HolderOfOne(owed));
    assert.is(ended, 'stuck');
    assert.match(why, /another recording by that name/);
    assert.equal(receipts, []);
    assert.equal(disk.contents(), before);
    const again = { ...owed.debt, state: 'asking' } as const;
    assert.equal((await bringHome(disk, new HolderOfOne(owed), { debt: again })).receipts, [null]);
  }
});

test('a placed copy that is rotten while it is owed is fetched again, and replaced by one call', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  await bringHome(disk, holder);
  spoilt(disk, media(pack));
  const { ended, receipts } = await bringHome(disk, holder);
  assert.is(ended, 'returned');
  assert.equal(receipts, [pack.debt.sha256]);
  assert.ok(isWhole(disk, pack));
  assert.is(holder.fetchedBytes, 2 * pack.media.length);
});

test('a copy that is whole in its place is confirmed without being fetched', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const holder = new HolderOfOne(pack);
  await bringHome(disk, holder);
  const { ended, receipts, whole } = await bringHome(disk.afterProcessEnd(), holder);
  assert.is(ended, 'returned');
  assert.equal(receipts, [pack.debt.sha256]);
  assert.is(whole.length, 1);
  assert.is(holder.fetchedBytes, pack.media.length);
});

test('a pack whose line in the summary of a day that was over is lost is listed again when it is confirmed', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  await bringHome(disk, new HolderOfOne(pack));
  const summary = `${HOME_PLACE.folder}/${dayFolder(pack.debt.startMs)}/${SUMMARY_FILE}`;
  disk.tamper(summary, Buffer.from(completeSummary([])));
  const day = { place: HOME_PLACE, day: dayFolder(pack.debt.startMs), isRecent: false };
  assert.equal(await summaryOf(disk, day), []);
  await bringHome(disk, new HolderOfOne(pack));
  assert.is(await summaryOf(disk, day), undefined, 'the day is read from its folders again');
});

test('a disk that is full, read-only or unmounted postpones it, and is blamed', async () => {
  const pack = await owedPack();
  for (const code of ['ENOSPC', 'EROFS', 'EIO']) {
    const disk = await homeDisk();
    disk.faults.refuses.set('/disk', code);
    const { ended, blame, receipts } = await bringHome(disk, new HolderOfOne(pack));
    assert.equal([ended, blame, receipts], ['postponed', 'home', []]);
  }
  const full = await bringHome(await homeDisk(), new HolderOfOne(pack), { makeRoom: async () => 'there is no room' });
  assert.equal([full.ended, full.why], ['postponed', 'there is no room']);
  const bare = new MemoryDisk();
  await bare.makeFolder('/disk');
  const unmounted = await bringHome(bare, new HolderOfOne(pack));
  assert.is(unmounted.ended, 'postponed');
  assert.match(unmounted.why, new RegExp(`it has no ${IDENTITY_FILE}`));
  assert.equal([...bare.contents().keys()], []);
  const others = JSON.stringify({ v: 1, id: 'disk-of-s09', server: 's09' });
  bare.tamper(`/disk/${IDENTITY_FILE}`, Buffer.from(others));
  const swapped = await bringHome(bare, new HolderOfOne(pack));
  assert.equal([swapped.ended, swapped.why], ['postponed', 'it is the archive of the server s09']);
  assert.is(bare.contents().size, 1);
});

test('an abort ends the fetch, and what has come is kept', async () => {
  const pack = await owedPack();
  const disk = await homeDisk();
  const abort = new AbortController();
  const holder = new HolderOfOne(pack);
  holder.onWire = (chunk, at) => {
    if (at >= 2100) abort.abort('the hours are over');
    return chunk;
  };
  const { ended, why } = await bringHome(disk, holder, { signal: abort.signal });
  assert.equal([ended, why], ['postponed', 'the hours are over']);
  assert.is(disk.contents().get(`${media(pack)}.part`)?.length, 2100);
});

test.run();
