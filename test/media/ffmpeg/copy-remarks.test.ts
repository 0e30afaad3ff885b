import * as assert from 'uvu/assert';
import { pictureRemark, segmentlessRemark, soundRemark } from '../../../src/media/ffmpeg/copy-remarks.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/ffmpeg/copy-remarks');

/** As ffmpeg 5.1 says it. */
function line(codec: string): string {
  return `[mpegts @ 0x5616fc4ce100] [warning] Stream 1, codec ${codec}, is muxed as a private data stream and may not be recognized upon reading.`;
}

test('a picture that MPEG-TS has no place for is to be transcoded; of sound another line tells', () => {
  for (const codec of ['mjpeg', 'vp8']) {
    const remark = `its picture (${codec}) plays nowhere when it is copied: give the stream "transcoder vb=2048k ab=64k"`;
    assert.is(pictureRemark(line(codec)), remark);
  }
  for (const codec of ['pcm_mulaw', 'adpcm_g726', 'vorbis']) assert.is(pictureRemark(line(codec)), undefined);
});

test('sound is lost where it is copied for good and MPEG-TS cannot carry it', () => {
  assert.match(soundRemark('pcm_mulaw', 'as-defined', true) ?? '', /^its sound \(pcm_mulaw\) is lost: .*acodec=aac/);
  assert.match(
    soundRemark('opus', 'given-up', true) ?? '',
    /^its sound \(opus\) is lost: .*"transcoder vcodec=copy -an"$/,
  );
  assert.is(soundRemark('pcm_mulaw', 'as-defined', false), undefined);
  assert.is(soundRemark('pcm_mulaw', 'encoded', false), undefined);
  assert.is(soundRemark('pcm_mulaw', 'tried', true), undefined, 'the next run encodes it');
  assert.is(soundRemark('aac', 'as-defined', true), undefined);
});

test('other lines are no remark', () => {
  assert.is(pictureRemark('[hls @ 0x1] [warning] Non-monotonous DTS in output stream 0:0'), undefined);
  assert.is(pictureRemark(''), undefined);
});

test('the remark that no segment ends names the key-frame interval', () => {
  assert.match(segmentlessRemark(15_400), /^data flows, but for 15 s no segment has ended.*key-frame interval/);
});

test.run();
