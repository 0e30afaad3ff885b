import * as assert from 'uvu/assert';
import type { Holding } from '../../../src/archive/archive-calls.ts';
import { MAX_ROTTEN_PACKS, RottenPacks, withoutRotten } from '../../../src/archive/verification/rotten-packs.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/verification/rotten-packs');

const GAP = { fromMs: 0, untilMs: 1000, why: 'the disk was full' };
const WHOLE: Holding = {
  ...{ epoch: 17, firstNumber: 10, lastNumber: 19, fromMs: 1000, untilMs: 11_000, bytes: 1000 },
  ...{ home: 's01', why: 'the hour is over', gaps: [GAP], isAway: false },
};
const part = (first: number, last: number) => {
  return { firstNumber: first, lastNumber: last, fromMs: (first - 9) * 1000, untilMs: (last - 8) * 1000 };
};
const shapeOf = (holdings: readonly Holding[]) =>
  holdings.map(({ firstNumber, lastNumber, fromMs, untilMs, bytes, gaps, why }) => {
    return [firstNumber, lastNumber, fromMs, untilMs, bytes, gaps.length, why === WHOLE.why];
  });

test('what is rotten is a gap between two holdings', () => {
  assert.equal(withoutRotten(WHOLE, []), [WHOLE]);
  const [before, after] = withoutRotten(WHOLE, [part(13, 14)]);
  assert.equal(shapeOf([before, after].flatMap((each) => each ?? [])), [
    [10, 12, 1000, 4000, 300, 1, true],
    [15, 19, 6000, 11_000, 500, 1, true],
  ]);
  assert.equal(before?.gaps, [GAP]);
  assert.match(after?.gaps[0]?.why ?? '', /^it is rotten/);
  assert.equal([after?.gaps[0]?.fromMs, after?.gaps[0]?.untilMs], [4000, 6000]);
});

test('at its beginning the gap comes after those that were there; at its end it is why the pack ends', () => {
  assert.equal(shapeOf(withoutRotten(WHOLE, [part(10, 11)])), [[12, 19, 3000, 11_000, 800, 2, true]]);
  const atEnd = withoutRotten(WHOLE, [part(18, 19)]);
  assert.equal(shapeOf(atEnd), [[10, 17, 1000, 9000, 800, 1, false]]);
  assert.match(atEnd[0]?.why ?? '', /^it is rotten/);
  assert.equal(withoutRotten(WHOLE, [part(10, 19)]), []);
  assert.equal(
    shapeOf(withoutRotten(WHOLE, [part(10, 10), part(12, 12), part(19, 19)])).map(([first, last]) => [first, last]),
    [
      [11, 11],
      [13, 18],
    ],
  );
});

test('a pack that gets worse is told again, one that stays as it was is not, and their number is bounded', () => {
  const packs = new RottenPacks();
  const id = { epoch: 17, firstNumber: 10, startMs: 1000 };
  const found = { root: '/disk', stream: 'cam01', id, foundMs: 5, parts: [part(11, 11)] };
  assert.equal([packs.put(found), packs.put({ ...found, foundMs: 9 })], [true, false]);
  assert.is(packs.put({ ...found, parts: [part(11, 12)] }), true);
  assert.is(packs.isRotten('/disk', 'cam01', id, 12), true);
  assert.is(packs.isRotten('/other', 'cam01', id, 12), false);
  packs.forget('/disk', 'cam01', id);
  assert.is(packs.isRotten('/disk', 'cam01', id, 12), false);
  for (let epoch = 0; epoch < MAX_ROTTEN_PACKS; epoch += 1) packs.put({ ...found, id: { ...id, epoch } });
  assert.is(packs.put({ ...found, id: { ...id, epoch: 1e6 } }), false);
  assert.is(packs.put({ ...found, root: '/other' }), true, 'another root has its own bound');
});

test.run();
