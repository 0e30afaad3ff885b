import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { SegmentBlock } from '../../../src/archive/archive-calls.ts';
import { mergedParts } from '../../../src/archive/playback/merged-parts.ts';
import {
  compareKeys,
  firstOf,
  partsOf,
  type RecordedPart,
  type SegmentKey,
  startMsOf,
  withinTime,
} from '../../../src/archive/playback/recorded-part.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/playback/merged-parts');

const SEGMENT_MS = 2000;

/** Numbers and times of the model go together: segment n begins at n × 2 s. */
function block(epoch: number, numbers: readonly number[], isContinued = false): SegmentBlock {
  return {
    epoch,
    isContinued,
    isOpen: false,
    numbers: Float64Array.from(numbers),
    startsMs: Float64Array.from(numbers, (number) => number * SEGMENT_MS),
    durationsMs: Float64Array.from(numbers, () => SEGMENT_MS),
    bytes: Float64Array.from(numbers, () => 1000),
  };
}

function keysOf(parts: readonly RecordedPart[]): readonly (SegmentKey & { startMs: number; isAvailable: boolean })[] {
  return parts.flatMap((part) =>
    Array.from({ length: part.count }, (_, index) => ({
      epoch: part.columns.epoch,
      number: firstOf(part).number + index,
      startMs: part.columns.startsMs[part.at + index] ?? -1,
      isAvailable: part.isAvailable,
    })),
  );
}

/** Blocks of some servers, with holes and with what others have too; epochs begin again after the first three. */
const worlds = fc.array(
  fc.record({
    server: fc.constantFrom('s01', 's02', 's03'),
    epoch: fc.constantFrom(5, 6, 7, 1, 2),
    from: fc.nat(20),
    have: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
    isContinued: fc.boolean(),
    isAvailable: fc.boolean(),
  }),
  { maxLength: 12 },
);

/** Each epoch has its own numbers, above those of the one before. */
const FLOOR: Readonly<Record<number, number>> = { 5: 100, 6: 200, 7: 300, 1: 400, 2: 500 };

function partsOfWorld(world: typeof worlds extends fc.Arbitrary<infer T> ? T : never): readonly RecordedPart[] {
  return world.flatMap(({ server, epoch, from, have, isContinued, isAvailable }) => {
    const first = (FLOOR[epoch] ?? 0) + from;
    const numbers = have.flatMap((has, index) => (has ? [first + index] : []));
    return numbers.length === 0 ? [] : partsOf(block(epoch, numbers, isContinued), server, isAvailable);
  });
}

test('each segment of any server is listed once, in order, and is available if one server can give it', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const parts = partsOfWorld(world);
      const model = new Map<string, ReturnType<typeof keysOf>[number]>();
      for (const key of keysOf(parts)) {
        const id = `${key.epoch}-${key.number}`;
        model.set(id, { ...key, isAvailable: key.isAvailable || model.get(id)?.isAvailable === true });
      }
      assert.equal(keysOf(mergedParts(parts)), [...model.values()].sort(compareKeys));
    }),
  );
});

test('if several servers have a segment, the one that is named first gives it', () => {
  const parts = ['s02', 's01'].flatMap((server) => partsOf(block(5, [1, 2, 3]), server));
  assert.equal(
    mergedParts(parts).map(({ server, count }) => ({ server, count })),
    [{ server: 's02', count: 3 }],
  );
});

test('a part from the middle of a run is continued; for the first part of a run the block says so', () => {
  const own = partsOf(block(5, [4, 5, 6], false), 's01');
  const other = partsOf(block(5, [1, 2, 3, 4, 5, 6, 7, 8], false), 's02');
  const merged = mergedParts([...own, ...other]);
  assert.equal(
    merged.map((part) => [firstOf(part).number, part.count, part.isContinued]),
    [[1, 8, false]],
  );
  const behind = mergedParts([...own, ...partsOf(block(5, [6, 7, 8], false), 's02')]);
  assert.equal(
    behind.map((part) => [firstOf(part).number, part.count, part.isContinued]),
    [
      [4, 3, false],
      [7, 2, true],
    ],
  );
});

test('a time has all segments that lie at least partly within it', () => {
  fc.assert(
    fc.property(worlds, fc.nat(1_300_000), fc.integer({ min: 1, max: 400_000 }), (world, fromMs, longMs) => {
      const merged = mergedParts(partsOfWorld(world));
      const bounds = { fromMs, untilMs: fromMs + longMs };
      const within = merged.flatMap((part) => withinTime(part, bounds) ?? []);
      assert.equal(
        keysOf(within),
        keysOf(merged).filter(({ startMs }) => startMs < bounds.untilMs && startMs + SEGMENT_MS > fromMs),
      );
    }),
  );
});

test('a block with a missing number becomes two parts, and the second does not continue the first', () => {
  const parts = partsOf(block(9, [1, 2, 4], true), 's01');
  assert.equal(
    parts.map((part) => [firstOf(part).number, part.count, part.isContinued, startMsOf(part)]),
    [
      [1, 2, true, 2000],
      [4, 1, false, 8000],
    ],
  );
});

test.run();
