import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { blocksOf, type PackSegments } from '../../../src/archive/catalogue/segment-blocks.ts';
import { columnsOfEntries, HASH_BYTES, hashAt } from '../../../src/archive/pack/pack-columns.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/catalogue/segment-blocks');

const EVER = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };

function pack(numbers: readonly number[], more: Partial<PackSegments> = {}): PackSegments {
  return {
    epoch: 17,
    firstNumber: numbers[0] ?? 0,
    isContinued: false,
    isOpen: false,
    root: '/disk',
    media: '/disk/a.ts',
    ...columnsOfEntries(
      numbers.map((number, index) => ({
        ...{ number, startMs: number * 2000, durationMs: 2000, at: index * 188, bytes: 188 },
        sha256: '0123456789abcdef',
      })),
    ),
    ...more,
  };
}

test('a block ends where a segment is missing, and each block says whether it continues a run of ffmpeg', () => {
  const blocks = blocksOf(
    [pack([7, 8, 9], { isContinued: true }), pack([1, 2, 4, 5], { epoch: 21, isOpen: true })],
    EVER,
  );
  assert.equal(
    blocks.map(({ epoch, numbers, isContinued, isOpen }) => [epoch, [...numbers], isContinued, isOpen]),
    [
      [17, [7, 8, 9], true, false],
      [21, [1, 2], false, false],
      [21, [4, 5], true, true],
    ],
  );
});

test('only segments that are at least partly within the bounds are listed', () => {
  const [block] = blocksOf([pack([1, 2, 3, 4])], { fromMs: 5999, untilMs: 6001 });
  assert.equal(
    [block?.numbers, block?.startsMs, block?.isContinued],
    [Float64Array.of(2, 3), Float64Array.of(4000, 6000), true],
  );
  assert.equal(blocksOf([pack([1, 2])], { fromMs: 6000, untilMs: 9000 }), []);
});

test('however packs overlap, the best copy of each segment is in one block, in the order of epochs and numbers', () => {
  const anyPack = fc
    .record({ epoch: fc.integer({ min: 1, max: 2 }), from: fc.nat(12), count: fc.integer({ min: 1, max: 8 }) })
    .chain(({ epoch, from, count }) =>
      fc
        .array(fc.record({ hasHash: fc.boolean(), bytes: fc.integer({ min: 1, max: 3 }) }), {
          minLength: count,
          maxLength: count,
        })
        .map((each) =>
          pack(
            each.map((_, index) => from + index),
            {
              epoch,
              hashes: Buffer.from(each.flatMap(({ hasHash }) => Array(HASH_BYTES).fill(hasHash ? 1 : 0))),
              bytes: Float64Array.from(each, ({ bytes }) => bytes),
            },
          ),
        ),
    );
  fc.assert(
    fc.property(fc.array(anyPack, { maxLength: 5 }), (packs) => {
      const listed = blocksOf(packs, EVER).flatMap(({ epoch, numbers, bytes }) =>
        Array.from(numbers, (number, index) => ({ epoch, number, bytes: bytes[index] ?? 0 })),
      );
      const best = new Map<string, { epoch: number; number: number; bytes: number; rank: number }>();
      for (const one of packs) {
        const { epoch, numbers, bytes } = one;
        for (const [index, number] of numbers.entries()) {
          const rank = (bytes[index] ?? 0) + (hashAt(one, index) === undefined ? 0 : 10);
          const key = `${epoch}-${number}`;
          if (rank > (best.get(key)?.rank ?? -1)) best.set(key, { epoch, number, bytes: bytes[index] ?? 0, rank });
        }
      }
      const wanted = [...best.values()].sort((one, other) => one.epoch - other.epoch || one.number - other.number);
      assert.equal(
        listed,
        wanted.map(({ epoch, number, bytes }) => ({ epoch, number, bytes })),
      );
    }),
  );
});

test.run();
