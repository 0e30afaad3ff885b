import * as assert from 'uvu/assert';
import { indexPath, mediaPath } from '../../../src/archive/pack/pack-reading.ts';
import { diskWithPack, HOME, HolderRoom } from '../../support/archive/holder-room.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { OPEN, PLACE, SEGMENT_MS, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/releasing/releasing');

const EVER = { fromMs: 0, untilMs: 1e15 };
const SUMMARY = '2026/11/22/packs';
const TOMBSTONES = '2026/11/22/returned';

const opened = (disk: MemoryDisk) => new HolderRoom(disk).open();

async function owed(room: HolderRoom) {
  const [debt] = await room.debts();
  if (debt === undefined) throw new Error('nothing is owed');
  return debt;
}

test('a pack is erased after two receipts for its bytes, the second for a question that was asked when the grace was over', async () => {
  const room = await opened(await diskWithPack());
  const first = await owed(room);
  assert.is(first.state, 'owed');
  assert.equal(await room.receipt(first), { ok: true });
  assert.equal(await room.debts(), [], 'it rests');
  assert.equal(room.holder.owing.owing()[0]?.resting, { packs: 1, bytes: first.bytes });
  assert.equal((await room.holder.desk.debts({ home: HOME })).resting, { packs: 1, bytes: first.bytes });
  await room.graceOver();
  const second = await owed(room);
  assert.is(second.state, 'asking');
  assert.is.not(second.question, first.question);
  assert.is((await room.receipt(second, { question: first.question })).ok, false, 'an old receipt counts for nothing');
  assert.is(room.catalogue.packs('cam01').length, 1);
  assert.equal(await room.receipt(second), { ok: true });
  assert.equal(room.files(), [SUMMARY, TOMBSTONES]);
  assert.equal(room.catalogue.packs('cam01'), []);
  assert.equal(await room.debts(), []);
  const [buried] = room.holder.releasing.returned('cam01', EVER);
  assert.equal([buried?.home, buried?.epoch, buried?.firstNumber, buried?.lastNumber], [HOME, 17, 900, 903]);
  assert.equal(room.holder.owing.owing()[0]?.released, { packs: 1, bytes: first.bytes });
});

test('a receipt of another server, for other bytes, or for another question moves nothing', async () => {
  const room = await opened(await diskWithPack());
  const debt = await owed(room);
  for (const wrong of [{ home: 's03' }, { sha256: 'f'.repeat(64) }, { question: 'guessed' }]) {
    const answer = await room.receipt(debt, wrong);
    assert.is(answer.ok, false, JSON.stringify(wrong));
    assert.equal(await owed(room), debt);
  }
  const { ok } = await room.receipt({ ...debt, firstNumber: 1 });
  assert.is(ok, false, 'a pack that is not here');
});

test('a home that has lost the pack before the second receipt is owed it again, with a new question', async () => {
  const room = await opened(await diskWithPack());
  const first = await owed(room);
  await room.receipt(first);
  await room.graceOver();
  const asked = await owed(room);
  assert.equal(await room.receipt(asked, { sha256: null }), { ok: true });
  const again = await owed(room);
  assert.is(again.state, 'owed');
  assert.is(new Set([first.question, asked.question, again.question]).size, 3);
  assert.is(
    (await room.receipt(again, { question: first.question })).ok,
    false,
    'the first question is not open again',
  );
});

test('receipts are not remembered by another run: it asks with other questions', async () => {
  const disk = await diskWithPack();
  const before = await opened(disk);
  const first = await owed(before);
  await before.receipt(first);
  const after = await opened(disk.afterProcessEnd());
  const again = await owed(after);
  assert.is(again.state, 'owed');
  assert.is.not(again.question, first.question);
  assert.is((await after.receipt(again, { question: first.question })).ok, false);
});

test('however an erase is interrupted: either the pack is whole and owed, or it is gone and has a tombstone', async () => {
  let isOver = false;
  for (let writes = 1; !isOver; writes += 1) {
    const disk = await diskWithPack();
    const room = await opened(disk);
    await room.receipt(await owed(room));
    await room.graceOver();
    const asked = await owed(room);
    disk.writesLeft = writes;
    await room.receipt(asked);
    isOver = disk.writesLeft > 0;
    for (const found of [
      disk.afterProcessEnd(),
      ...[1, 2, 3, 4].map((seed) => disk.afterPowerLoss(new Random(seed))),
    ]) {
      const after = await opened(found);
      const place = { ...PLACE };
      const hasMedia = found.contents().has(mediaPath(place, asked));
      const isBuried = after.holder.releasing.returned('cam01', EVER).length > 0;
      assert.is(isBuried, !hasMedia, `after ${writes} writes`);
      assert.is(found.contents().has(indexPath(place, asked)), hasMedia, 'nothing is half removed');
      const debts = await after.debts();
      assert.equal(
        debts.map(({ sha256 }) => sha256),
        hasMedia ? [asked.sha256] : [],
      );
      if (!hasMedia) continue;
      // It is asked for again, and then goes.
      for (let round = 0; round < 3 && after.catalogue.packs('cam01').length > 0; round += 1) {
        for (const debt of await after.debts()) assert.equal(await after.receipt(debt), { ok: true });
        await after.graceOver();
      }
      assert.equal(after.catalogue.packs('cam01'), []);
    }
  }
});

test('a disk that does not take the tombstone keeps the pack, and it is asked for again later', async () => {
  const room = await opened(await diskWithPack());
  await room.receipt(await owed(room));
  await room.graceOver();
  room.disk.faults.refuses.set(`${PLACE.folder}/${TOMBSTONES}`, 'EROFS');
  await room.receipt(await owed(room));
  assert.is(room.catalogue.packs('cam01').length, 1);
  assert.is(room.problems.length, 1);
  room.disk.faults.refuses.clear();
  await room.graceOver();
  await room.receipt(await owed(room));
  assert.equal(room.files(), [SUMMARY, TOMBSTONES]);
});

test('nothing is buried or erased where the disk is not mounted any more, or the disk of another server is', async () => {
  const others = JSON.stringify({ v: 1, id: 'disk-of-s09', server: 's09' });
  const found = { 'not mounted': undefined, 'the archive of the server s09': others, 'is damaged': '{}' };
  for (const [problem, identity] of Object.entries(found)) {
    const room = await opened(await diskWithPack());
    await room.receipt(await owed(room));
    await room.graceOver();
    const asked = await owed(room);
    room.disk.tamper('/disk/streamherd-archive.json', identity === undefined ? identity : Buffer.from(identity));
    const { writes } = room.disk;
    await room.receipt(asked);
    assert.is(room.disk.writes, writes, problem);
    assert.match(room.problems[0] ?? '', problem);
  }
});

test('retention ends the release of a pack that it removes', async () => {
  const room = await opened(await diskWithPack());
  const debt = await owed(room);
  await room.receipt(debt);
  const [pack] = room.catalogue.packs('cam01');
  if (pack === undefined) throw new Error('there is no pack');
  room.catalogue.removed('cam01', pack);
  room.holder.releasing.removed('cam01', pack);
  await room.graceOver();
  assert.equal(await room.debts(), []);
  assert.is((await room.receipt(debt)).ok, false);
  assert.equal(room.holder.owing.owing(), [], 'nothing was released');
});

test('packs belong to the server that the definition names now, unless they have a receipt', async () => {
  const room = await opened(await diskWithPack());
  room.captureAt('s03');
  assert.equal(await room.debts(HOME), []);
  const [debt] = await room.debts('s03');
  if (debt === undefined) throw new Error('nothing is owed to s03');
  assert.is((await room.receipt(debt)).ok, false, 's02 is not asked any more');
  assert.equal(await room.receipt(debt, { home: 's03' }), { ok: true });
  room.captureAt('s04');
  await room.graceOver();
  assert.is((await room.debts('s03')).length, 1, 's03 has it already');
  assert.equal(await room.debts('s04'), []);
});

test('a pack that is being recorded is not owed, nor one on a root that is away', async () => {
  const disk = new MemoryDisk();
  await disk.makeFolder('/disk');
  await writePack(disk, testSegments(3), { why: OPEN });
  const room = await opened(disk);
  assert.equal(await room.debts(), []);
  const other = await opened(await diskWithPack());
  const debt = await owed(other);
  other.catalogue.wentAway('/disk');
  assert.equal(await other.debts(), []);
  assert.is(other.holder.desk.packFile(debt), undefined);
  assert.is((await other.receipt(debt)).ok, false);
});

test('tombstones go with the day whose recordings need not be kept any longer, and the folders with them', async () => {
  const room = await opened(await diskWithPack());
  room.rule = { keepMs: 7_200_000 };
  await room.receipt(await owed(room));
  await room.graceOver();
  await room.receipt(await owed(room));
  assert.is(room.holder.releasing.returned('cam01', EVER).length, 1);
  for (let hours = 0; hours < 3; hours += 1) for (let rounds = 0; rounds < 360; rounds += 1) await room.advance(10_000);
  assert.equal(room.holder.releasing.returned('cam01', EVER), []);
  assert.equal(room.files(), []);
});

test('segments that were erased are found by their numbers, also after a start', async () => {
  const room = await opened(await diskWithPack());
  await room.receipt(await owed(room));
  await room.graceOver();
  await room.receipt(await owed(room));
  const after = await opened(room.disk.afterProcessEnd());
  assert.equal(after.problems, []);
  const within = { fromMs: START_MS + SEGMENT_MS, untilMs: START_MS + 2 * SEGMENT_MS };
  assert.equal(
    after.holder.releasing.returned('cam01', within).map(({ firstNumber, lastNumber }) => [firstNumber, lastNumber]),
    [[900, 903]],
  );
  assert.equal(after.holder.releasing.returnedStreams, ['cam01']);
});

test.run();
