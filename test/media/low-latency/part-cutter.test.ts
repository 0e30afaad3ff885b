import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import { TS_PACKET_BYTES } from '../../../src/media/format/transport-packet.ts';
import { LEAST_PART_MS, type Part, PartCutter } from '../../../src/media/low-latency/part-cutter.ts';
import { idOfTap } from '../../../src/media/low-latency/tap-id.ts';
import { madeSegments } from '../../support/segments.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/low-latency/part-cutter');

/** Ten frames a second, and a key frame each second. */
const stream = Buffer.concat(await madeSegments({ seconds: 5 }));

interface Cut {
  readonly taps: number[];
  readonly segments: Part[][];
}

function cut(chunks: Iterable<Uint8Array>, segmentMs = 2000): Cut {
  const taps: number[] = [];
  const segments: Part[][] = [];
  let open: Part[] = [];
  const cutter = new PartCutter({
    segmentMs,
    onTap: (id) => taps.push(id),
    onPart: (part) => open.push(part),
    onSegment: () => {
      segments.push(open);
      open = [];
    },
  });
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  assert.equal(open, [], 'every part is of a segment');
  return { taps, segments };
}

function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function pidAt(bytes: Buffer, packet: number): number {
  return bytes.readUInt16BE(packet * TS_PACKET_BYTES + 1) & 0x1fff;
}

/** All packets but tables. */
function mediaOf(bytes: Buffer): string {
  const hash = createHash('sha256');
  for (let packet = 0; packet * TS_PACKET_BYTES < bytes.length; packet += 1) {
    if (pidAt(bytes, packet) < 256 || pidAt(bytes, packet) === 4096) continue;
    hash.update(bytes.subarray(packet * TS_PACKET_BYTES, (packet + 1) * TS_PACKET_BYTES));
  }
  return hash.digest('hex');
}

test('parts are half a second, segments begin with a key frame, and nothing of the media is lost', () => {
  const { segments } = cut([stream]);
  const durations = segments.map((parts) => parts.map(({ durationMs }) => durationMs));
  // The first segment is short, so that a player that waits for it begins sooner.
  assert.equal(durations.slice(0, 2), [
    [500, 500],
    [500, 500, 500, 500],
  ]);
  assert.equal(durations.flat().filter((ms) => ms < LEAST_PART_MS).length <= 1, true);
  assert.ok(segments.every(([first]) => first?.isIndependent));
  assert.equal(
    segments[1]?.map(({ isIndependent }) => isIndependent),
    [true, false, true, false],
  );
  const parts = segments.flat();
  assert.is(mediaOf(Buffer.concat(parts.map(({ bytes }) => bytes))), mediaOf(stream));
  for (const { bytes } of parts) assert.equal([pidAt(bytes, 0), pidAt(bytes, 1)], [0, 4096]);
});

test('it is of no importance in which pieces the stream comes', () => {
  const whole = cut([stream]);
  for (const size of [1000, 188 * 7 + 1]) assert.equal(cut(inPieces(stream, size)), whole);
});

test('the tables tell which capture it is, once', () => {
  // What ffmpeg writes without being told other numbers.
  assert.equal(cut([stream]).taps, [idOfTap({ transportStream: 1, program: 1 })]);
});

test('what comes before the first key frame is left out', () => {
  const at = stream.indexOf(Buffer.from([0x47, 0x41, 0x00]), TS_PACKET_BYTES * 5);
  const tables = stream.subarray(TS_PACKET_BYTES, 3 * TS_PACKET_BYTES);
  const { segments } = cut([tables, stream.subarray(at)]);
  assert.ok(segments[0]?.[0]?.isIndependent);
  assert.ok(segments.flat().length < cut([stream]).segments.flat().length);
});

test('rubbish is refused, and a stream that breaks off does no harm', () => {
  assert.throws(() => cut([Buffer.alloc(1000, 1)]), /no MPEG transport stream/);
  assert.throws(() => cut([stream.subarray(0, 50_000), Buffer.alloc(1000, 1)]), /no MPEG transport stream/);
  for (let bytes = 0; bytes < 10_000; bytes += 611) cut([stream.subarray(0, bytes)]);
});

test.run();
