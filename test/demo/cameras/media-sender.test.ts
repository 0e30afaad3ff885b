import * as assert from 'uvu/assert';
import type { Clip, Track } from '../../../src/demo/cameras/clip.ts';
import { MediaSender, type StartAt } from '../../../src/demo/cameras/media-sender.ts';
import { aacPacket, h264Packets } from '../../../src/demo/cameras/rtp-packet.ts';
import { suite } from '../../support/suite.ts';

const test = suite('demo/cameras/media-sender');

/** Ten pictures of 40 ms, a key frame every five, two packets each; three frames of sound, 64 ms. The last byte is its number. */
const VIDEO: Track = {
  payloadType: 96,
  clockRate: 90_000,
  ticksPerFrame: 3600,
  frames: Array.from({ length: 10 }, (_, at) => h264Packets(96, [Buffer.from([0x41, at]), Buffer.from([0x41, at])])),
  sdp: [],
};
const AUDIO: Track = {
  payloadType: 97,
  clockRate: 48_000,
  ticksPerFrame: 1024,
  frames: Array.from({ length: 3 }, (_, at) => [aacPacket(97, Buffer.from([at]))]),
  sdp: [],
};
const CLIP: Clip = { video: VIDEO, audio: AUDIO, gop: 5 };

interface Sent {
  readonly channel: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly content: number;
}

function parse(bytes: Buffer): Sent[] {
  const sent: Sent[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
    const channel = bytes.readUInt8(at + 1);
    const content = bytes.readUInt8(at + 3 + bytes.readUInt16BE(at + 2));
    sent.push({ channel, sequence: bytes.readUInt16BE(at + 6), timestamp: bytes.readUInt32BE(at + 8), content });
  }
  return sent;
}

function pull(startAt: StartAt, fromMs: number, untilMs: number, stepMs = 20): { sender: MediaSender; sent: Sent[] } {
  const channels = new Map([
    [VIDEO, 0],
    [AUDIO, 2],
  ]);
  const sender = new MediaSender(CLIP, channels, startAt, fromMs);
  const sent: Sent[] = [];
  for (let ms = fromMs; ms <= untilMs; ms += stepMs) sent.push(...parse(sender.take(ms)));
  return { sender, sent };
}

function differences(values: readonly number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? 0));
}

test('timestamps and sequence numbers continue evenly over the end of the clip', () => {
  const { sent } = pull('key-frame', 1_000_000, 1_002_000);
  const pictures = sent.filter(({ channel }) => channel === 0);
  assert.is(pictures.length, 51 * 2);
  const wraps = (difference: number) => (difference + 0x10000) % 0x10000;
  assert.ok(differences(pictures.map(({ sequence }) => sequence)).every((difference) => wraps(difference) === 1));
  const steps = differences(pictures.map(({ timestamp }) => timestamp));
  assert.equal([...new Set(steps)], [0, 3600], 'both packets of a picture have its time');
  const sound = sent.filter(({ channel }) => channel === 2);
  assert.equal([...new Set(differences(sound.map(({ timestamp }) => timestamp)))], [1024]);
  assert.ok(sound.length >= 92 && sound.length <= 94, `${sound.length} frames of sound in 2 s`);
});

test('a pull begins with the last key frame, or with the frame that is due', () => {
  const [behind] = pull('key-frame', 1_000_130, 1_000_130).sent.filter(({ channel }) => channel === 0);
  assert.is((behind?.content ?? -1) % 5, 0);
  const live = pull('live', 1_000_130, 1_000_170).sent.filter(({ channel }) => channel === 0);
  assert.is(live[0]?.content, 4, 'the picture of 1,000,160 ms');
});

test('no frame is sent before its time, and late frames are sent at once', () => {
  const { sender } = pull('key-frame', 1_000_000, 1_000_000);
  assert.is(sender.take(1_000_020).length, 0);
  const late = parse(sender.take(1_000_400)).filter(({ channel }) => channel === 0);
  assert.is(late.length, 20);
});

test('the first packet is the one that RTP-Info announces', () => {
  const channels = new Map([[VIDEO, 0]]);
  const sender = new MediaSender(CLIP, channels, 'key-frame', 1_000_000);
  const info = sender.first(VIDEO);
  const [, first] = parse(sender.take(1_000_000)).filter(({ channel }) => channel <= 1);
  assert.is(info?.sequence, first?.sequence);
  assert.is(info?.timestamp, first?.timestamp);
  assert.is(sender.first(AUDIO), undefined);
});

test('timestamps of a later pull continue from those of an earlier one, by the camera’s time of day', () => {
  const at = Date.UTC(2026, 10, 22);
  const first = pull('key-frame', at, at).sent.find(({ channel }) => channel === 0);
  const later = pull('key-frame', at + 10_000, at + 10_000).sent.find(({ channel }) => channel === 0);
  assert.is(((later?.timestamp ?? 0) - (first?.timestamp ?? 0) + 2 ** 32) % 2 ** 32, 900_000);
});

test.run();
