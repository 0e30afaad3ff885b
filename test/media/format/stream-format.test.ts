import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { transcoderArguments } from '../../../src/media/ffmpeg/transcoder-arguments.ts';
import { elementaryStreams } from '../../../src/media/format/elementary-streams.ts';
import { beginsAnew, unitsOf } from '../../../src/media/format/nal-units.ts';
import { FORMAT_BYTES, formatOf } from '../../../src/media/format/stream-format.ts';
import { sideBySide } from '../../support/side-by-side.ts';

const test = sideBySide('media/format/stream-format', { deadlineMs: 60_000, atOnce: 3 });

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast'];
const HEVC = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'];

async function made(
  coding: readonly string[],
  { size = '320x180', rate = 48_000, args = [] }: { size?: string; rate?: number; args?: readonly string[] } = {},
): Promise<Buffer> {
  const sources = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=10`, '-f', 'lavfi', '-i', `sine=r=${rate}`];
  const output = [...coding, '-t', '1', ...args, '-f', 'mpegts', 'pipe:1'];
  const { stdout } = await execa('ffmpeg', ['-v', 'error', ...sources, ...output], {
    stdin: 'ignore',
    encoding: 'buffer',
  });
  return Buffer.from(stdout);
}

test('codecs of picture and sound are named', async () => {
  const found = async (...given: Parameters<typeof made>) => {
    const { video, audio } = formatOf(await made(...given)) ?? {};
    return [video, audio];
  };
  assert.equal(await found([...H264, '-c:a', 'aac']), ['H.264', 'AAC']);
  assert.equal(await found([...HEVC, '-c:a', 'mp2']), ['HEVC', 'MPEG']);
  assert.equal(await found([...H264, '-an']), ['H.264', undefined]);
  assert.equal(await found(['-vn', '-c:a', 'ac3']), [undefined, 'AC-3']);
});

test('the same settings give the same key, from the beginning of a segment alone; other settings give another key', async () => {
  const key = async (...given: Parameters<typeof made>) =>
    formatOf((await made(...given)).subarray(0, FORMAT_BYTES))?.key;
  const one = await key([...H264, '-c:a', 'aac']);
  assert.is(await key([...H264, '-c:a', 'aac'], { args: ['-output_ts_offset', '1000'] }), one);
  const others = [
    await key([...H264, '-c:a', 'aac'], { size: '640x360' }),
    await key([...H264, '-c:a', 'aac'], { rate: 44_100 }),
    await key([...H264, '-c:a', 'aac', '-ac', '2']),
    await key([...H264, '-an']),
    await key([...HEVC, '-c:a', 'aac']),
    await key([...HEVC, '-c:a', 'aac'], { size: '640x360' }),
  ];
  assert.is(new Set([one, ...others]).size, 7, [one, ...others].join('\n'));
});

test('codecs, size and rate of the picture are those that the encoder was given', async () => {
  const cases = [
    { args: ['-profile:v', 'main', '-level', '4', '-bf', '2'], size: '640x358', codecs: 'avc1.4d4028,mp4a.40.2' },
    { args: ['-pix_fmt', 'yuv422p', '-level', '4.1'], size: '642x356', codecs: 'avc1.7a0029,mp4a.40.2' },
    { args: ['-pix_fmt', 'yuv444p', '-level', '4.1'], size: '642x358', codecs: 'avc1.f40029,mp4a.40.2' },
    { coding: HEVC, args: [], size: '642x358', codecs: 'hvc1.1.6.L63.90,mp4a.40.2' },
  ];
  for (const { coding = H264, args, size, codecs } of cases) {
    const [width, height] = size.split('x').map(Number);
    const found = formatOf(await made([...coding, '-c:a', 'aac'], { size, args }));
    assert.equal(
      found?.attributes,
      { codecs, size: { width, height }, frameRate: 10, isIndependent: true },
      args.join(' '),
    );
  }
});

test('segments that are encoded as HEVC are independent, which those of x265 are not by themselves', async () => {
  const areAnew = async (coding: readonly string[]) => {
    const { video } = elementaryStreams(await made([...coding, '-an'], { args: ['-s', '160x90', '-t', '2'] }));
    return video.filter(({ isKey }) => isKey).map(({ data }) => beginsAnew('HEVC', unitsOf(data)));
  };
  const profile = { video: 'hevc', audio: 'none' } as const;
  assert.equal(await areAnew(transcoderArguments(profile, 1000)), [true, true]);
  assert.equal(await areAnew(transcoderArguments({ ...profile, gop: 10 }, 1000)), [true, true]);
  assert.equal(await areAnew([...HEVC, '-force_key_frames', 'expr:gte(t,n_forced)']), [true, false]);
});

test('what is not known for sure is not said', async () => {
  const attributes = async (...given: Parameters<typeof made>) => formatOf(await made(...given))?.attributes ?? {};
  // Players that know no AC-3 play the picture alone, unless CODECS names it.
  const ac3 = await attributes([...H264, '-c:a', 'ac3']);
  assert.is(ac3.codecs, undefined);
  assert.equal(ac3.size, { width: 320, height: 180 });
  assert.is((await attributes([...H264, '-c:a', 'mp2'])).codecs, undefined);
  assert.is((await attributes(['-vn', '-c:a', 'libmp3lame'])).codecs, 'mp4a.40.34');
  assert.equal(await attributes(['-c:v', 'mpeg2video', '-an']), {});
  // Two fields for each frame.
  const fields = await attributes([...H264, '-an'], {
    args: ['-flags', '+ilme+ildct', '-x264-params', 'interlaced=1'],
  });
  assert.is(fields.frameRate, undefined);
  assert.equal(fields.size, { width: 320, height: 180 });
  const wide = await attributes([...H264, '-an'], { args: ['-aspect', '2:1'] });
  assert.equal(wide.size, { width: 360, height: 180 });
});

test('rubbish has no format, and an incomplete beginning does no harm', async () => {
  assert.is(formatOf(new Uint8Array(0)), undefined);
  assert.is(formatOf(Buffer.alloc(188 * 10, 0x47)), undefined);
  const clip = await made([...H264, '-c:a', 'aac']);
  for (let bytes = 0; bytes < 188 * 8; bytes += 61) formatOf(clip.subarray(0, bytes));
  assert.is(formatOf(clip.subarray(0, 188 * 3 + 7))?.video, 'H.264');
});

test.run();
