import * as assert from 'uvu/assert';
import type { Holding, SegmentBlock, SegmentPlace } from '../../../src/archive/archive-calls.ts';
import { RottenPacks } from '../../../src/archive/verification/rotten-packs.ts';
import { wholeAnswers } from '../../../src/archive/verification/whole-answers.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/verification/whole-answers');

const GAP = { fromMs: 0, untilMs: 1000, why: 'the disk was full' };
const WHOLE: Holding = {
  ...{ epoch: 17, firstNumber: 10, lastNumber: 19, fromMs: 1000, untilMs: 11_000, bytes: 1000 },
  ...{ home: 's01', why: 'the hour is over', gaps: [GAP], isAway: false },
};
const part = (first: number, last: number) => {
  return { firstNumber: first, lastNumber: last, fromMs: (first - 9) * 1000, untilMs: (last - 8) * 1000 };
};
const TIME = { stream: 'cam01', fromMs: 0, untilMs: 99_000 };
const ID = { epoch: 17, firstNumber: 10, startMs: 1000 };
const PLACE: SegmentPlace = { root: '/disk', file: '/disk/cam01/pack.ts', at: 0, bytes: 100 };

function answers(parts: readonly ReturnType<typeof part>[], block?: SegmentBlock) {
  const rotten = new RottenPacks();
  if (parts.length > 0) rotten.put({ root: '/disk', stream: 'cam01', id: ID, foundMs: 5, parts });
  return wholeAnswers({ locate: () => PLACE, holdings: () => [WHOLE], segments: () => (block ? [block] : []) }, rotten);
}

async function holdingsWithout(...parts: readonly ReturnType<typeof part>[]): Promise<readonly Holding[]> {
  return answers(parts).holdings(TIME);
}

const shapeOf = (holdings: readonly Holding[]) =>
  holdings.map(({ firstNumber, lastNumber, fromMs, untilMs, bytes, gaps, why }) => {
    return [firstNumber, lastNumber, fromMs, untilMs, bytes, gaps.length, why === WHOLE.why];
  });

test('a rotten time is a gap between two holdings', async () => {
  assert.equal(await holdingsWithout(), [WHOLE]);
  const [before, after] = await holdingsWithout(part(13, 14));
  assert.equal(shapeOf([before, after].flatMap((each) => each ?? [])), [
    [10, 12, 1000, 4000, 300, 1, true],
    [15, 19, 6000, 11_000, 500, 1, true],
  ]);
  assert.equal(before?.gaps, [GAP]);
  assert.match(after?.gaps[0]?.why ?? '', /^it is rotten/);
  assert.equal([after?.gaps[0]?.fromMs, after?.gaps[0]?.untilMs], [4000, 6000]);
});

test('a rotten beginning of a pack is a gap after the earlier gaps; a rotten end is the reason why the pack ends', async () => {
  assert.equal(shapeOf(await holdingsWithout(part(10, 11))), [[12, 19, 3000, 11_000, 800, 2, true]]);
  const atEnd = await holdingsWithout(part(18, 19));
  assert.equal(shapeOf(atEnd), [[10, 17, 1000, 9000, 800, 1, false]]);
  assert.match(atEnd[0]?.why ?? '', /^it is rotten/);
  assert.equal(await holdingsWithout(part(10, 19)), []);
  assert.equal(
    shapeOf(await holdingsWithout(part(10, 10), part(12, 12), part(19, 19))).map(([first, last]) => [first, last]),
    [
      [11, 11],
      [13, 18],
    ],
  );
});

test('a rotten segment is not listed and not found, and the next segment does not continue the one before it', async () => {
  const numbers = Float64Array.of(10, 11, 12, 13, 14);
  const columns = { startsMs: numbers, durationsMs: numbers, bytes: numbers };
  const block = { epoch: 17, isContinued: true, isOpen: true, numbers, ...columns };
  const desk = answers([part(11, 12), part(14, 14)], block);
  assert.equal(
    (await desk.segments(TIME)).map((each) => [[...each.numbers], [...each.bytes], each.isContinued, each.isOpen]),
    [
      [[10], [10], true, false],
      [[13], [13], false, false],
    ],
  );
  assert.equal(await answers([part(19, 19)], block).segments(TIME), [block]);
  const found = await Promise.all(
    [10, 11, 12, 13].map((number) => desk.locate({ stream: 'cam01', epoch: 17, number })),
  );
  assert.equal(found, [PLACE, undefined, undefined, PLACE]);
  assert.equal(await desk.locate({ stream: 'cam01', epoch: 18, number: 11 }), PLACE);
  assert.equal(await desk.locate({ stream: 'cam02', epoch: 17, number: 11 }), PLACE);
});

test.run();
