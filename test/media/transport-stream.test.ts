import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { TransportScan, wholePacketBytes } from '../../src/media/transport-stream.ts';
import { segmentBytes } from '../support/archive/transport-packets.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/transport-stream');

const SHAPE = { frames: 10, frameMs: 200 };
const segment = (index: number, fromMs = 0) => segmentBytes({ ...SHAPE, fromMs: fromMs + index * 2000, seed: index });
const scanned = (bytes: Uint8Array, leastMs = 2000) => {
  const scan = new TransportScan();
  scan.push(bytes);
  return scan.pieces(leastMs);
};

test('segments that stand one after the other are told apart, with their durations', () => {
  const all = [0, 1, 2].map((index) => segment(index));
  const pieces = scanned(Buffer.concat(all));
  const bytes = all[0]?.length ?? 0;
  assert.equal(
    pieces,
    [0, 1, 2].map((index) => ({ at: index * bytes, bytes, durationMs: 2000, isWhole: true })),
  );
});

test('the same pieces are found, however the bytes are handed over', () => {
  const all = Buffer.concat([0, 1, 2].map((index) => segment(index)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const scan = new TransportScan();
      let at = 0;
      for (let turn = 0; at < all.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        scan.push(all.subarray(at, at + size));
        at += size;
      }
      assert.equal(scan.pieces(2000), scanned(all));
    }),
    { numRuns: 50 },
  );
});

test('groups between frequent key frames are joined to the wanted duration; the wrap of timestamps after 26.5 hours does not show', () => {
  const wrapsAt = 2 ** 33 / 90;
  const each = [0, 1].map((index) =>
    segmentBytes({ frames: 20, frameMs: 100, gop: 5, fromMs: wrapsAt - 2000 + index * 2000, seed: index }),
  );
  const pieces = scanned(Buffer.concat(each));
  assert.equal(
    pieces.map(({ bytes, durationMs }) => [bytes, durationMs]),
    each.map(({ length }) => [length, 2000]),
  );
  assert.is(scanned(Buffer.concat(each), 500).length, 8);
});

test('a jump of the timestamps makes no piece of 149 hours', () => {
  const jump = Buffer.concat([segment(0), segment(1, 149 * 3_600_000), segment(2)]);
  assert.equal(
    scanned(jump).map(({ durationMs }) => durationMs),
    [2000, 2000, 2000],
  );
});

test('a damaged packet spoils the piece that it is in, and no other', () => {
  const all = [0, 1, 2].map((index) => segment(index));
  const bytes = Buffer.concat(all);
  const inSecond = (all[0]?.length ?? 0) + 188 * 6;
  bytes[inSecond] = 0;
  assert.equal(
    scanned(bytes).map(({ isWhole }) => isWhole),
    [true, false, true],
  );
});

test('packets before the first key frame are in no piece; noise is no stream', () => {
  const late = Buffer.concat([segment(0).subarray(188 * 5), segment(1)]);
  assert.equal(
    scanned(late).map(({ at }) => at),
    [segment(0).length - 188 * 5],
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => void scanned(noise)));
});

test('tables at the end of a piece belong to the next one', () => {
  const bytes = Buffer.concat([segment(0), segment(1).subarray(0, 376)]);
  assert.equal(
    scanned(bytes).map((piece) => piece.bytes),
    [segment(0).length],
  );
});

test('the run of whole packets ends before the first damaged one', () => {
  const bytes = segment(0);
  assert.is(wholePacketBytes(bytes), bytes.length);
  assert.is(wholePacketBytes(bytes.subarray(0, 500)), 376);
  bytes[188 * 4] = 0;
  assert.is(wholePacketBytes(bytes), 188 * 4);
  assert.is(wholePacketBytes(Buffer.alloc(400)), 0);
});

test.run();
