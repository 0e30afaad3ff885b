import * as assert from 'uvu/assert';
import { frameNumbersIn, stampFrameNumber, withFrameNumber } from '../../../src/demo/cameras/frame-number.ts';
import { h264Packets } from '../../../src/demo/cameras/rtp-packet.ts';
import { suite } from '../../support/suite.ts';

const test = suite('demo/cameras/frame-number');

const SETS = Buffer.from([0x67, 1, 2]);
const SLICE = Buffer.from([0x41, 3, 4]);
const isSlice = (nal: Buffer) => nal === SLICE;

test('the frame number stands before the first slice, is written when the packet is sent, and can be read again', () => {
  const nals = withFrameNumber([SETS, SLICE, SLICE], isSlice);
  assert.equal([nals[0], nals[2], nals[3]], [SETS, SLICE, SLICE]);
  const packets = h264Packets(96, nals).map((packet) => Buffer.from(packet));
  for (const packet of packets) stampFrameNumber(packet, 17_959_890_841);
  assert.equal(frameNumbersIn(Buffer.concat(packets)), [17_959_890_841]);
  assert.not.ok(nals[1]?.includes(0), 'no byte that would have to be escaped');
});

test('a picture without a slice, and a packet without room for a number, stay as they are', () => {
  assert.equal(withFrameNumber([SETS], isSlice), [SETS]);
  const [packet = Buffer.alloc(0)] = h264Packets(96, [SLICE]);
  const before = Buffer.from(packet);
  stampFrameNumber(packet, 5);
  assert.equal(packet, before);
  assert.equal(frameNumbersIn(before), []);
});

test.run();
