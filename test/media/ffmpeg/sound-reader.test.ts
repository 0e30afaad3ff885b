import * as assert from 'uvu/assert';
import { isTold, SoundReader } from '../../../src/media/ffmpeg/sound-reader.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/ffmpeg/sound-reader');

/** As ffmpeg 5.1 says it of an MPEG-TS with two languages, of which it takes the second. */
const COPIED = `[info] Input #0, mpegts, from 'udp://239.0.0.1:1234':
[info]   Duration: N/A, start: 1.400000, bitrate: N/A
[info]   Program 1
[info]     Metadata:
[info]       service_name    : Stream #0:0 -> #0:0 (copy)
[info]   Stream #0:0[0x100]: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p, 1920x1080, 25 fps, 25 tbr, 90k
[info]   Stream #0:1[0x101](deu): Audio: mp2 ([3][0][0][0] / 0x0003), 48000 Hz, mono, fltp, 64 kb/s
[info]   Stream #0:2[0x102](eng): Audio: opus (Opus / 0x7375704F), 48000 Hz, stereo, fltp
[info] Output #0, hls, to 'pipe:3':
[info]   Metadata:
[info]     encoder         : Lavf59.27.100
[info]   Stream #0:0: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p, 1920x1080, q=2-31, 25 fps, 25 tbr, 90k
[info]   Stream #0:1(eng): Audio: opus (Opus / 0x7375704F), 48000 Hz, stereo, fltp
[info] Stream mapping:
[info]   Stream #0:0 -> #0:0 (copy)
[info]   Stream #0:2 -> #0:1 (copy)
[hls @ 0x564c67fb2200] [info] Opening '/live/cam/7-100.ts' for writing`;

/** Of an RTSP camera whose sound is encoded: the output is only known after its first packet. */
const ENCODED = `[info] Input #0, concat, from 'pipe:0':
[info]   Duration: N/A, start: 0.000000, bitrate: N/A
[info]   Stream #0:0: Video: h264 (Constrained Baseline), yuv420p(progressive), 320x180, 15 tbr, 90k tbn
[info]   Stream #0:1: Audio: pcm_mulaw, 8000 Hz, 1 channels, s16, 64 kb/s
[info] Stream mapping:
[info]   Stream #0:0 -> #0:0 (copy)
[info]   Stream #0:1 -> #0:1 (pcm_mulaw (native) -> aac (native))
[info] Output #0, hls, to 'pipe:3':
[info]   Stream #0:1: Audio: aac (LC), 8000 Hz, mono, fltp, 48 kb/s`;

function found(log: string): readonly string[] {
  const reader = new SoundReader();
  return log.split('\n').flatMap((line) => reader.read(line) ?? []);
}

test('the sound that ffmpeg takes is found, once, copied or encoded', () => {
  assert.equal(found(COPIED), ['opus']);
  assert.equal(found(ENCODED), ['pcm_mulaw']);
});

test('it is known before anything is written', () => {
  const [before] = COPIED.split('[hls @');
  assert.equal(found(before ?? ''), ['opus']);
});

test('a source without sound, or whose sound is not taken, has none', () => {
  assert.equal(found(COPIED.replaceAll('Audio: opus', 'Data: opus')), []);
  assert.equal(found(COPIED.replace('#0:2 -> #0:1', '#0:0 -> #0:1')), []);
  assert.equal(found(''), []);
});

test('the title of a source is not taken for its sound', () => {
  const title = "[info]     title           : [info] Stream #0:1: Audio: pcm_mulaw\n[info]   Stream #0:0: Audio: x'";
  assert.equal(found(`${title}\n${COPIED}`), ['opus']);
  const many = Array.from({ length: 100_000 }, (_, index) => `[info]   Stream #0:${index}: Audio: opus, 8000 Hz`);
  assert.equal(
    found([`[info] Input #0, x, from 'y':`, ...many, '[info]   Stream #0:99999 -> #0:1 (copy)'].join('\n')),
    [],
  );
});

test('messages of ffmpeg are distinguished from its complaints', () => {
  assert.equal(COPIED.split('\n').every(isTold), true);
  const complaints = [
    '[warning] x',
    '[hls @ 0x1] [error] [info] y',
    'Conversion failed!',
    '[mpegts @ 0x5] [warning] z',
  ];
  assert.equal(complaints.some(isTold), false);
});

test.run();
