import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import type { Fmp4View } from '../../../src/media/fmp4/fmp4-name.ts';
import { after, type MediaTime, nearTo } from '../../../src/media/fmp4/media-time.ts';
import { remuxed } from '../../../src/media/fmp4/remux.ts';
import { headOf, initOf, type SegmentHead } from '../../../src/media/fmp4/segment-head.ts';
import { WRAP_TICKS } from '../../../src/media/format/media-packets.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('media/fmp4/remux', { deadlineMs: 60_000 });

const SECONDS = 4;
/** The timestamps of the transport stream begin again in the second segment. */
const OFFSET_S = WRAP_TICKS / 90_000 - 4;
const ENCODERS = {
  h264: ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '3', '-b_strategy', '0'],
  hevc: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:bframes=3:b-adapt=0'],
};
type Name = keyof typeof ENCODERS;

/** Both in one run: two segments of two seconds. */
async function made(): Promise<Record<Name, readonly Buffer[]>> {
  await using folder = await tempFolder();
  const sources = [
    ...['-f', 'lavfi', '-i', `testsrc2=size=160x90:rate=25:duration=${SECONDS}`],
    ...['-f', 'lavfi', '-i', `sine=r=44100:d=${SECONDS}`],
  ];
  const cut = ['-f', 'hls', '-hls_time', '2', '-hls_list_size', '0', '-output_ts_offset', `${OFFSET_S}`];
  const outputs = Object.entries(ENCODERS).flatMap(([name, encoder]) => [
    ...['-map', '0:v', '-map', '1:a', ...encoder, '-g', '50', '-keyint_min', '50', '-sc_threshold', '0'],
    ...['-c:a', 'aac', ...cut, '-hls_segment_filename', `${name}-%d.ts`, `${name}.m3u8`],
  ]);
  await execa('ffmpeg', ['-v', 'error', '-nostdin', ...sources, ...outputs], { cwd: folder.path, stdin: 'ignore' });
  const names = (await readdir(folder.path)).filter((name) => name.endsWith('.ts')).sort();
  const segments = (name: Name) =>
    Promise.all(names.filter((each) => each.startsWith(name)).map((each) => readFile(join(folder.path, each))));
  return { h264: await segments('h264'), hevc: await segments('hevc') };
}

const SEGMENTS = await made();

function headIn(segment: Uint8Array): SegmentHead {
  const head = headOf(segment);
  if (head === undefined) throw new Error('nothing in it can be in an MP4');
  return head;
}

function joined(segments: readonly Buffer[], view: Fmp4View = 'all'): Buffer {
  const pieces: Buffer[] = [];
  let time: MediaTime | undefined;
  for (const [number, segment] of segments.entries()) {
    const { tracks, ticks } = headIn(segment);
    time = time === undefined ? { ticks, counted: ticks } : after(time, ticks);
    if (number === 0) pieces.push(initOf(tracks, view)?.bytes ?? Buffer.alloc(0));
    pieces.push(remuxed(segment, { view, tracks, time, number }));
  }
  return Buffer.concat(pieces);
}

interface Found {
  readonly video: readonly string[];
  readonly audioS: readonly number[];
  readonly audioBytes: readonly number[];
  /** A hash of each decoded picture. */
  readonly pictures: readonly string[];
}

async function found(media: Buffer, ending: string): Promise<Found> {
  await using folder = await tempFolder();
  const file = join(folder.path, `media.${ending}`);
  await writeFile(file, media);
  const entries = 'packet=codec_type,pts,pts_time,dts,flags,size';
  const { stdout } = await execa('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'json', file]);
  const { packets } = JSON.parse(stdout) as { packets: Record<string, string>[] }; // ffprobe's own words
  const video = packets.filter((packet) => packet.codec_type === 'video');
  const audio = packets.filter((packet) => packet.codec_type === 'audio');
  const since = Number(video[0]?.dts);
  const sinceS = Number(audio[0]?.pts_time);
  const decoded = ['-v', 'error', '-nostdin', '-i', file, '-map', '0:v?', '-f', 'framemd5', '-'];
  const { stdout: lines, stderr } = await execa('ffmpeg', decoded);
  assert.is(stderr, '');
  return {
    video: video.map(({ pts, dts, flags = '' }) => `${Number(pts) - since} ${Number(dts) - since} ${flags[0]}`),
    audioS: audio.map((packet) => Number(packet.pts_time) - sinceS),
    audioBytes: audio.map(({ size }) => Number(size)),
    pictures: lines.split('\n').flatMap((line) => (line.startsWith('#') ? [] : [line.split(',').at(-1) ?? ''])),
  };
}

for (const name of ['h264', 'hevc'] as const) {
  test(`${name}: the packets of the MP4 are those of the transport stream, over segments and a new beginning of its time`, async () => {
    const [ts, mp4] = [await found(Buffer.concat(SEGMENTS[name]), 'ts'), await found(joined(SEGMENTS[name]), 'mp4')];
    assert.is(mp4.video.length, SECONDS * 25);
    assert.ok(
      mp4.video.some((line) => Number(line.split(' ')[0]) > Number(line.split(' ')[1])),
      'pictures are reordered',
    );
    assert.equal(mp4.video, ts.video);
    assert.equal(mp4.pictures, ts.pictures);
    const headBytes = 7;
    assert.equal(
      mp4.audioBytes,
      ts.audioBytes.map((bytes) => bytes - headBytes),
    );
    // One stands at multiples of 1/90000 s, the other at multiples of 1/44100 s.
    for (const [index, atS] of mp4.audioS.entries())
      assert.ok(Math.abs(atS - (ts.audioS[index] ?? 0)) < 5e-5, `${index}`);
  });
}

test('the sound alone is the same sound', async () => {
  const [all, sound] = [await found(joined(SEGMENTS.hevc), 'mp4'), await found(joined(SEGMENTS.hevc, 'audio'), 'mp4')];
  assert.equal(sound.video, []);
  assert.equal(sound.audioBytes, all.audioBytes);
  assert.equal(sound.audioS, all.audioS);
});

test('equal tracks have one head, others have another', () => {
  const hashes = Object.values(SEGMENTS).map((segments) =>
    segments.map((segment) => initOf(headIn(segment).tracks, 'all')?.hash),
  );
  assert.equal(
    hashes.map(([one, two]) => one === two),
    [true, true],
  );
  assert.is(new Set(hashes.flat()).size, 2);
  assert.is(headIn(SEGMENTS.hevc[0] ?? Buffer.alloc(0)).tracks.video?.parameters.codec, 'hvc1.1.6.L30.90');
});

test('damage does no harm: cut, flipped and random bytes give a fragment or none', () => {
  const [segment = Buffer.alloc(0)] = SEGMENTS.hevc;
  const { tracks, ticks } = headIn(segment);
  const tried = { view: 'all', tracks, time: { ticks, counted: ticks }, number: 1 } as const;
  for (let bytes = 0; bytes < segment.length; bytes += 997) {
    headOf(segment.subarray(0, bytes));
    remuxed(segment.subarray(0, bytes), tried);
  }
  for (let at = 0; at < 188 * 40; at += 13) {
    const damaged = Buffer.from(segment);
    damaged[at] = (damaged[at] ?? 0) ^ 0x5a;
    headOf(damaged);
    remuxed(damaged, tried);
  }
  assert.is(headOf(Buffer.alloc(188 * 100, 0x47)), undefined);
  assert.is(headOf(new Uint8Array(0)), undefined);
});

test('time is counted on from where a run stands, and without that near to the clock of the wall', () => {
  assert.is(after({ ticks: WRAP_TICKS - 90, counted: 5 * WRAP_TICKS - 90 }, 90).counted, 5 * WRAP_TICKS + 90);
  assert.is(after({ ticks: 90, counted: 5 * WRAP_TICKS + 90 }, WRAP_TICKS - 90).counted, 5 * WRAP_TICKS - 90);
  for (const wall of [1e12, 5.4e12, 9e12]) {
    const { ticks, counted } = nearTo(wall, 126_000);
    assert.is(counted % WRAP_TICKS, ticks);
    assert.ok(Math.abs(counted - wall) <= WRAP_TICKS / 2);
  }
  assert.ok(nearTo(0, 0).counted > 0, 'there is room for sound that comes before the picture');
});

test.run();
