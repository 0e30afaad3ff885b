import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { SegmentBlock } from '../../../src/archive/archive-calls.ts';
import { LATEST_MS } from '../../../src/domain/text/iso-time.ts';
import { blocksOfBytes, blocksOfJson, bytesOfBlocks, jsonOfBlocks } from '../../../src/http/archive/told-blocks.ts';
import { damage, damaged } from '../../support/archive/damage.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/archive/told-blocks');

const blocks = fc.array(
  fc
    .record({
      epoch: fc.nat(),
      isContinued: fc.boolean(),
      isOpen: fc.boolean(),
      rows: fc.array(
        fc.tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: LATEST_MS }), fc.maxSafeNat(), fc.maxSafeNat()),
        { maxLength: 8 },
      ),
    })
    .map(({ rows, ...block }): SegmentBlock => {
      const column = (at: 0 | 1 | 2 | 3) => Float64Array.from(rows, (row) => row[at]);
      return { ...block, numbers: column(0), startsMs: column(1), durationsMs: column(2), bytes: column(3) };
    }),
  { maxLength: 4 },
);

test('another server reads the blocks that it is told, as bytes and, of an earlier release, as JSON', () => {
  fc.assert(
    fc.property(blocks, (told) => {
      assert.equal(blocksOfBytes(bytesOfBlocks(told)), told);
      assert.equal(blocksOfJson(JSON.stringify(jsonOfBlocks(told))), told);
    }),
  );
});

test('what is no block is refused', () => {
  const [one] = fc.sample(blocks, 1);
  const whole = bytesOfBlocks(one ?? []);
  assert.throws(() => blocksOfBytes(whole.subarray(0, whole.length - 1)), /not as long|no line/);
  assert.throws(() => blocksOfBytes(Buffer.concat([whole, Buffer.alloc(8)])), /not as long/);
  const negative = { epoch: 1, isContinued: false, isOpen: false };
  const column = Float64Array.of(-1);
  const columns = { numbers: column, startsMs: column, durationsMs: column, bytes: column };
  assert.throws(() => blocksOfBytes(bytesOfBlocks([{ ...negative, ...columns }])), /no numbers/);
  const late = { ...columns, ...Object.fromEntries(Object.keys(columns).map((name) => [name, Float64Array.of(9e15)])) };
  assert.throws(() => blocksOfBytes(bytesOfBlocks([{ ...negative, ...late }])), /at no time/);
  assert.throws(() => blocksOfJson(JSON.stringify(jsonOfBlocks([{ ...negative, ...late }]))), /at no time/);
  const ragged = { ...negative, numbers: [1, 2], startsMs: [1], durationsMs: [1], bytes: [1] };
  assert.throws(() => blocksOfJson(JSON.stringify({ blocks: [ragged] })), /one length/);
  const text = { ...negative, numbers: ['1'], startsMs: [1], durationsMs: [1], bytes: [1] };
  assert.throws(() => blocksOfJson(JSON.stringify({ blocks: [text] })), /no numbers/);
});

test('damaged bytes give blocks with numbers, or an error', () => {
  fc.assert(
    fc.property(blocks, damage, (told, each) => {
      try {
        for (const { numbers, bytes } of blocksOfBytes(damaged(bytesOfBlocks(told), each))) {
          assert.is(numbers.length, bytes.length);
          assert.ok(numbers.every((value) => Number.isSafeInteger(value) && value >= 0));
        }
      } catch (error) {
        assert.instance(error, Error);
        if (error instanceof assert.Assertion) throw error;
      }
    }),
  );
});

test.run();
