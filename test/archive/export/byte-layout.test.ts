import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { ByteLayout } from '../../../src/archive/export/byte-layout.ts';
import type { RecordedPart } from '../../../src/archive/playback/recorded-part.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/export/byte-layout');

interface Part {
  readonly epoch: number;
  readonly sizes: readonly number[];
  readonly server: string;
}

/** Parts whose first `skipped` segments a list has not got. */
function partsOf(all: readonly Part[], skipped = 0): readonly RecordedPart[] {
  let number = 100;
  return all.map(({ epoch, sizes, server }) => {
    const bytes = [...Array(skipped).fill(999), ...sizes];
    const columns = {
      epoch,
      firstNumber: number,
      startsMs: bytes.map(() => 0),
      durationsMs: bytes.map(() => 1),
      bytes,
    };
    number += bytes.length;
    return { columns, at: skipped, count: sizes.length, isContinued: false, isAvailable: true, server };
  });
}

/** Each segment has bytes of its own. */
function contentOf(epoch: number, number: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, index) => (epoch * 31 + number * 7 + index) % 251);
}

function read(layout: ByteLayout, range?: { first: number; last: number }): number[] {
  return [...layout.pieces(range)].flatMap(({ epoch, number, at, bytes, wholeBytes }) =>
    contentOf(epoch, number, wholeBytes).slice(at, at + bytes),
  );
}

const parts = fc.array(
  fc.record({
    epoch: fc.integer({ min: 1, max: 5 }),
    sizes: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 }),
    server: fc.constantFrom('s1', 's2'),
  }),
  { maxLength: 5 },
);

test('every range gives the bytes of the concatenation, and names only the segments that it needs', () => {
  fc.assert(
    fc.property(parts, fc.nat(2), fc.nat(500), fc.nat(500), (all, skipped, from, length) => {
      const layout = ByteLayout.of(partsOf(all, skipped));
      assert.ok(layout);
      const whole = read(layout);
      assert.is(layout.bytes, whole.length);
      const range = { first: from, last: from + length };
      assert.equal(read(layout, range), whole.slice(from, from + length + 1));
      assert.ok([...layout.pieces(range)].every(({ bytes }) => bytes > 0));
    }),
  );
});

test('two ranges that follow each other give the whole, so an interrupted download can be continued', () => {
  fc.assert(
    fc.property(parts, fc.nat(400), (all, cut) => {
      const layout = ByteLayout.of(partsOf(all));
      assert.ok(layout);
      const end = Math.max(0, layout.bytes - 1);
      const read1 = read(layout, { first: 0, last: cut });
      const read2 = read(layout, { first: cut + 1, last: Math.max(end, cut) });
      assert.equal([...read1, ...read2].slice(0, layout.bytes), read(layout));
    }),
  );
});

test('the tag depends only on the segments, not on the servers that have them or on their lists', () => {
  const tag = (...all: Part[]) => ByteLayout.of(partsOf(all))?.tag;
  const one = tag({ epoch: 1, sizes: [3, 4, 5], server: 's1' });
  assert.is(tag({ epoch: 1, sizes: [3, 4, 5], server: 's2' }), one);
  assert.is(tag({ epoch: 1, sizes: [3], server: 's1' }, { epoch: 1, sizes: [4, 5], server: 's2' }), one);
  for (const other of [
    tag({ epoch: 1, sizes: [3, 4], server: 's1' }),
    tag({ epoch: 2, sizes: [3, 4, 5], server: 's1' }),
    tag({ epoch: 1, sizes: [3, 4, 6], server: 's1' }),
    tag({ epoch: 1, sizes: [3, 45], server: 's1' }),
    tag({ epoch: 1, sizes: [3], server: 's1' }, { epoch: 2, sizes: [4, 5], server: 's1' }),
  ]) {
    assert.is.not(other, one);
  }
});

test('without all sizes there is no layout', () => {
  const [part] = partsOf([{ epoch: 1, sizes: [3, 4], server: 's1' }]);
  assert.ok(part);
  const { bytes: _, ...columns } = part.columns;
  assert.is(ByteLayout.of([{ ...part, columns }]), undefined);
  assert.is(ByteLayout.of([{ ...part, columns: { ...columns, bytes: [3] } }]), undefined);
  assert.is(ByteLayout.of([])?.bytes, 0);
});

test('a range within a month is found without a look at all segments', () => {
  const sizes = Array.from({ length: 1_300_000 / 500 }, () => 500);
  const layout = ByteLayout.of(partsOf(Array.from({ length: 500 }, () => ({ epoch: 1, sizes, server: 's1' }))));
  const last = (layout?.bytes ?? 0) - 1;
  assert.is([...(layout?.pieces({ first: last, last }) ?? [])].length, 1);
});

test.run();
