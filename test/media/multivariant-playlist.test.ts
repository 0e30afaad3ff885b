import * as assert from 'uvu/assert';
import { multivariantText, peakBpsOf } from '../../src/media/multivariant-playlist.ts';
import { suite } from '../support/suite.ts';

const test = suite('media/multivariant-playlist');

test('redundant variants have equal attributes, and only what is known is said', () => {
  const uris = ['video.m3u8', 'http://b/cam/video.m3u8'];
  assert.is(
    multivariantText(uris, { peakBps: 5, averageBps: 3 }),
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-STREAM-INF:BANDWIDTH=5,AVERAGE-BANDWIDTH=3
video.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5,AVERAGE-BANDWIDTH=3
http://b/cam/video.m3u8
`,
  );
  const known = { codecs: 'avc1.64001f,mp4a.40.2', size: { width: 1280, height: 720 }, frameRate: 30 / 1.001 };
  const [, , line] = multivariantText(['video.m3u8'], { peakBps: 5, ...known }).split('\n');
  const expected = 'BANDWIDTH=5,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970';
  assert.is(line, `#EXT-X-STREAM-INF:${expected}`);
  const [, , independent] = multivariantText(['video.m3u8'], { peakBps: 5, isIndependent: true }).split('\n');
  assert.is(independent, '#EXT-X-INDEPENDENT-SEGMENTS');
});

test('the peak is the highest rate over half to one and a half target durations', () => {
  const segment = (durationMs: number, kbit: number) => ({ durationMs, bytes: kbit * 125 });
  // A short first segment is mostly its key frame; two seconds of a target duration of four are a piece, and so are six.
  assert.is(peakBpsOf([segment(400, 2000), segment(2000, 2000), segment(2000, 2000)], 4000), 1_666_667);
  assert.is(peakBpsOf([segment(2000, 2000), segment(2000, 6000), segment(2000, 2000)], 4000), 3_000_000);
  // Longer than any piece, and shorter than any: the one is judged by itself, the other is no piece.
  assert.is(peakBpsOf([segment(9000, 18_000), segment(1000, 1)], 4000), 2_000_000);
  assert.is(peakBpsOf([segment(1000, 5000)], 4000), 0);
  assert.is(peakBpsOf([], 4000), 0);
});

test.run();
