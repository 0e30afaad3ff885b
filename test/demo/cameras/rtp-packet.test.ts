import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { aacStream, accessUnits } from '../../../src/demo/cameras/elementary-stream.ts';
import {
  aacPacket,
  h264Packets,
  MAX_PAYLOAD_BYTES,
  senderReport,
  stamp,
} from '../../../src/demo/cameras/rtp-packet.ts';
import { suite } from '../../support/suite.ts';

const test = suite('demo/cameras/rtp-packet');

/** A receiver by RFC 6184, of single NAL units and FU-A. */
function reassemble(packets: readonly Buffer[]): Buffer[] {
  const nals: Buffer[] = [];
  for (const packet of packets) {
    assert.is(packet.readUInt16BE(2), packet.length - 4, 'the interleaved length is that of the packet');
    const payload = packet.subarray(16);
    const [indicator = 0, head = 0] = payload;
    if ((indicator & 0x1f) !== 28) nals.push(payload);
    else if (head & 0x80)
      nals.push(Buffer.concat([Buffer.from([(indicator & 0xe0) | (head & 0x1f)]), payload.subarray(2)]));
    else nals.push(Buffer.concat([nals.pop() ?? Buffer.alloc(0), payload.subarray(2)]));
  }
  return nals;
}

const nalUnit = fc
  .tuple(fc.constantFrom(0x65, 0x41, 0x67, 0x68), fc.integer({ min: 0, max: 3 * MAX_PAYLOAD_BYTES }))
  .map(([head, length]) => Buffer.concat([Buffer.from([head]), Buffer.alloc(length, 0xab)]));

test('a receiver puts the packets together to what was cut; each packet fits, and the last one is marked', () => {
  fc.assert(
    fc.property(fc.array(nalUnit, { minLength: 1, maxLength: 4 }), (nals) => {
      const packets = h264Packets(96, nals);
      assert.equal(reassemble(packets), nals);
      assert.ok(packets.every((packet) => packet.length - 16 <= MAX_PAYLOAD_BYTES));
      const marks = packets.map((packet) => packet.readUInt8(5) >> 7);
      assert.equal(marks, [...Array(packets.length - 1).fill(0), 1]);
    }),
  );
});

test('a fragmented unit has one beginning and one end', () => {
  const packets = h264Packets(96, [Buffer.alloc(2 * MAX_PAYLOAD_BYTES, 0x65)]);
  assert.equal(
    packets.map((packet) => packet.readUInt8(17) >> 6),
    [2, 0, 1],
  );
});

test('a stamp fills channel, sequence, timestamp and source, and wraps', () => {
  const [packet = Buffer.alloc(0)] = h264Packets(96, [Buffer.from([0x41, 1, 2])]);
  stamp(packet, 0, { channel: 2, sequence: 0x1_0001, timestamp: 2 ** 32 - 1, source: 0xfedcba98 });
  assert.is(packet.toString('hex'), '2402000f80e00001fffffffffedcba98410102');
});

test('an AAC frame carries its size before it', () => {
  assert.is(aacPacket(97, Buffer.from([1, 2, 3])).toString('hex', 16), '00100018010203');
});

test('a sender report is a valid RTCP packet', () => {
  const report = { channel: 1, source: 7, timestamp: 90_000, unixMs: 1500, packets: 3, octets: 4 };
  assert.is(
    senderReport(report).toString('hex'),
    '2401001c80c8000600000007' + '83aa7e8180000000' + '00015f9000000003' + '00000004',
  );
});

test('pictures are cut at delimiters, which are left out with SEI; trailing zeros belong to no unit', () => {
  const bytes = Buffer.from(
    '0000000109f0' + '0000000167aa' + '00000168bb' + '0000010605' + '00000165cc00' + '0000000109f0' + '00000141dd',
    'hex',
  );
  assert.equal(
    accessUnits(bytes).map(({ key, nals }) => [key, nals.map((nal) => nal.toString('hex'))]),
    [
      [true, ['67aa', '68bb', '65cc']],
      [false, ['41dd']],
    ],
  );
});

test('ADTS: rate, channels and frames; anything else is refused', () => {
  const frame = 'fff14c40017ffc' + 'deadbeef';
  const stream = aacStream(Buffer.from(frame + frame, 'hex'));
  assert.is(stream.sampleRate, 48_000);
  assert.is(stream.channels, 1);
  assert.is(stream.config.toString('hex'), '1188');
  assert.equal(
    stream.frames.map((bytes) => bytes.toString('hex')),
    ['deadbeef', 'deadbeef'],
  );
  assert.throws(() => aacStream(Buffer.from(`${frame}00000000000000`, 'hex')), /no ADTS frame at byte 11/);
});

test.run();
