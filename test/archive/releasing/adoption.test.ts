import * as assert from 'uvu/assert';
import { parseIndex } from '../../../src/archive/pack/pack-index.ts';
import { indexPath } from '../../../src/archive/pack/pack-reading.ts';
import { ADOPT_MS, diskWithPack, HolderRoom } from '../../support/archive/holder-room.ts';
import { PLACE, START_MS } from '../../support/archive/pack-fixture.ts';
import { Random } from '../../support/random.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/releasing/adoption');

const SEEN_DOWN_MS = 3_600_000;

test('a pack whose home is gone, or that belongs here now, is adopted: its index and the summary say so', async () => {
  for (const why of ['gone', 'here'] as const) {
    const room = await new HolderRoom(await diskWithPack()).open();
    if (why === 'gone') room.homeIs({ state: 'removed' });
    else room.captureAt('s01');
    await room.advance(10_000);
    assert.equal(
      room.catalogue.packs('cam01').map(({ home }) => home),
      ['s01'],
    );
    assert.equal(await room.debts(), []);
    assert.equal(room.holder.owing.owing()[0]?.adopted.packs, 1, why);
    const after = await new HolderRoom(room.disk.afterProcessEnd()).open();
    const [pack] = after.catalogue.packs('cam01');
    if (pack === undefined) throw new Error('it is gone');
    const index = parseIndex(String(room.disk.contents().get(indexPath(PLACE, pack))));
    assert.equal([index.problems, index.header?.home, index.closing?.home], [[], 's01', 's01']);
    assert.equal([pack.home, index.entries.length], ['s01', 4]);
  }
});

test('however an adoption is interrupted: the pack is whole, and adopted after the next start', async () => {
  let isOver = false;
  for (let writes = 1; !isOver; writes += 1) {
    const disk = await diskWithPack();
    const room = await new HolderRoom(disk).open();
    room.homeIs({ state: 'removed' });
    disk.writesLeft = writes;
    await room.advance(10_000);
    isOver = disk.writesLeft > 0;
    for (const found of [disk.afterProcessEnd(), disk.afterPowerLoss(new Random(writes))]) {
      const after = await new HolderRoom(found).open();
      after.homeIs({ state: 'removed' });
      await after.advance(10_000);
      const [pack] = after.catalogue.packs('cam01');
      assert.equal([pack?.home, pack?.why, pack?.lastNumber], ['s01', 'the hour is over', 903], `${writes} writes`);
    }
  }
});

test('a home that is gone after its receipt loses the pack again to its holder', async () => {
  const room = await new HolderRoom(await diskWithPack()).open();
  room.homeIs({ state: 'down', awaySinceMs: START_MS - ADOPT_MS });
  await room.advance(SEEN_DOWN_MS - 5000);
  const [debt] = await room.debts();
  assert.ok(debt);
  await room.receipt(debt);
  await room.advance(10_000);
  assert.is(room.catalogue.packs('cam01')[0]?.home, 's01');
  await room.graceOver();
  assert.equal(await room.debts(), []);
});

test('a home that is away, or of which nothing is known, keeps its claim for a while, and for as long as the clock may be wrong', async () => {
  const room = await new HolderRoom(await diskWithPack()).open();
  await room.advance(10_000);
  room.homeIs({ state: 'down', awaySinceMs: START_MS - ADOPT_MS + 60_000 });
  await room.advance(10_000);
  assert.equal([(await room.debts()).length, room.holder.owing.owing()[0]?.problem], [1, 's02 is down']);
  room.isClockInDoubt = true;
  await room.advance(SEEN_DOWN_MS);
  assert.is((await room.debts()).length, 1);
  room.isClockInDoubt = false;
  await room.advance(10_000);
  assert.equal(await room.debts(), []);
});

test('a home that is down keeps its claim until this server has seen that for an hour: the clock that says since when may be wrong', async () => {
  const room = await new HolderRoom(await diskWithPack()).open();
  const long = { state: 'down', awaySinceMs: START_MS - 2 * ADOPT_MS } as const;
  room.homeIs(long);
  await room.advance(SEEN_DOWN_MS - 20_000);
  room.homeIs({ state: 'up' });
  room.homeIs(long);
  await room.advance(SEEN_DOWN_MS - 20_000);
  room.homeIs(long);
  assert.is((await room.debts()).length, 1);
  await room.advance(40_000);
  assert.equal(await room.debts(), []);
});

test.run();
