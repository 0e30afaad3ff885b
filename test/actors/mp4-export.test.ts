import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { findTools } from '../../src/actors/ffmpeg/tools.ts';
import { keyFrames } from '../../src/actors/key-frames.ts';
import { type Mp4Input, mp4s } from '../../src/actors/mp4-export.ts';
import { formatOf } from '../../src/media/format/stream-format.ts';
import { keyFrameAt } from '../../src/media/key-frame-pictures.ts';
import { eventually } from '../support/eventually.ts';
import { madeSegments, probed } from '../support/segments.ts';
import { suite } from '../support/suite.ts';

const test = suite('actors/mp4-export', { deadlineMs: 60_000 });
const tools = await findTools();
const mp4Of = mp4s(tools);

async function* given(segments: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* segments;
}

async function made(segments: readonly Buffer[], extra: Partial<Mp4Input> = {}): Promise<Buffer> {
  const format = formatOf(segments[0] ?? Buffer.alloc(0));
  assert.ok(format);
  const input = { format, withSound: true, source: given(segments), signal: new AbortController().signal, ...extra };
  return all(mp4Of(input));
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const taken: Uint8Array[] = [];
  for await (const piece of pieces) taken.push(piece);
  return Buffer.concat(taken);
}

test('segments of two runs become one MP4, as long as both, with every frame', async () => {
  const [one, two] = await Promise.all([madeSegments({ seconds: 4 }), madeSegments({ seconds: 6 })]);
  const { durationS, streams, videoPackets } = await probed(await made([...one, ...two]), 'mp4');
  assert.equal(streams, ['h264 avc1', 'aac mp4a']);
  assert.is(videoPackets, 100);
  assert.ok(Math.abs(durationS - 10) < 0.3, `${durationS} s`);
});

test('HEVC gets the tag that Apple’s players need; sound that is no AAC is copied; video without sound works', async () => {
  const hevc = await madeSegments({ seconds: 2, video: 'hevc', audio: 'mp2' });
  assert.equal((await probed(await made(hevc), 'mp4')).streams, ['hevc hvc1', 'mp3 mp4a']);
  assert.equal((await probed(await made(hevc, { withSound: false }), 'mp4')).streams, ['hevc hvc1']);
});

const rejects = async (promise: Promise<unknown>, expected: RegExp) => {
  const error = await promise.then(
    () => undefined,
    (reason: Error) => reason,
  );
  assert.match(error?.message ?? 'it did not reject', expected);
};

/** A source without end, and how often it was asked. */
function endless(segment: Buffer) {
  const asked = { times: 0, isOver: false };
  async function* source() {
    try {
      for (;;) {
        asked.times += 1;
        yield segment;
      }
    } finally {
      asked.isOver = true;
    }
  }
  return { asked, source: source() };
}

/** The ffmpegs that this process has started and that have not ended. */
async function exporting(): Promise<number> {
  const { stdout } = await execa('ps', ['--ppid', String(process.pid), '-o', 'args='], { reject: false });
  return stdout.split('\n').filter((line) => line.includes('delay_moov')).length;
}

test('the source waits for a reader that stops; a reader that leaves ends ffmpeg', async () => {
  const [segment] = await madeSegments({ seconds: 2, audio: 'none' });
  assert.ok(segment);
  const { asked, source } = endless(segment);
  const leaving = new AbortController();
  const format = { video: 'H.264', audio: undefined };
  const pieces = mp4Of({ format, withSound: true, source, signal: leaving.signal });
  await pieces.next();
  let before = 0;
  const standsStill = () => {
    const isSo = asked.times === before;
    before = asked.times;
    return isSo && before > 0;
  };
  await eventually('the source is asked no more', standsStill, { everyMs: 300 });
  assert.ok(asked.times * segment.length < 8 * 1024 * 1024, `${asked.times} segments of ${segment.length} bytes`);
  assert.is(await exporting(), 1);
  leaving.abort();
  await rejects(all(pieces), /it was cancelled|premature close/i);
  await eventually('the source is released', () => asked.isOver);
  await eventually('its ffmpeg has ended', async () => (await exporting()) === 0);
});

test('a source that fails makes the MP4 fail, so that an incomplete file does not look complete', async () => {
  const segments = await madeSegments({ seconds: 4 });
  async function* breaking() {
    yield* segments;
    throw new Error('the disk has gone');
  }
  await rejects(made(segments, { source: breaking() }), /the disk has gone/);
  await rejects(made(segments, { source: given([Buffer.alloc(100_000, 7)]) }), /ffmpeg ended with 1/);
  await rejects(made(segments, { signal: AbortSignal.abort(new Error('gone already')) }), /gone already/);
});

test('the key frames of a segment are pictures with their times', async () => {
  const [segment] = await madeSegments({ seconds: 3, segmentS: 3 });
  const frames = await keyFrames(tools)(segment ?? Buffer.alloc(0));
  assert.equal(
    frames.map(({ offsetMs }) => offsetMs),
    [0, 1000, 2000],
  );
  for (const { jpeg } of frames) assert.equal([...jpeg.subarray(0, 2), ...jpeg.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9]);
  assert.equal(
    [-5, 0, 999, 1000, 1500, 9000].map((offsetMs) => keyFrameAt(frames, offsetMs)?.index),
    [0, 0, 0, 1, 1, 2],
  );
  await rejects(keyFrames(tools)(Buffer.alloc(100_000, 7)), /no picture to show/);
});

test.run();
