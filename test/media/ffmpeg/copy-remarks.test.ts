import * as assert from 'uvu/assert';
import { copyRemark, segmentlessRemark } from '../../../src/media/ffmpeg/copy-remarks.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/ffmpeg/copy-remarks');

/** As ffmpeg 5.1 says it. */
function line(codec: string): string {
  return `[mpegts @ 0x5616fc4ce100] [warning] Stream 1, codec ${codec}, is muxed as a private data stream and may not be recognized upon reading.`;
}

test('for sound that MPEG-TS cannot carry the remark advises to transcode the sound, for a picture all of it', () => {
  for (const codec of ['pcm_mulaw', 'pcm_alaw', 'adpcm_g726', 'vorbis']) {
    const remark = `its sound (${codec}) plays nowhere when it is copied: give the stream "transcoder vcodec=copy ab=64k"`;
    assert.is(copyRemark(line(codec)), remark);
  }
  for (const codec of ['mjpeg', 'vp8']) {
    const remark = `its picture (${codec}) plays nowhere when it is copied: give the stream "transcoder vb=2048k ab=64k"`;
    assert.is(copyRemark(line(codec)), remark);
  }
});

test('other lines are no remark', () => {
  assert.is(copyRemark('[hls @ 0x1] [warning] Non-monotonous DTS in output stream 0:0'), undefined);
  assert.is(copyRemark(''), undefined);
});

test('the remark that no segment ends names the key-frame interval', () => {
  assert.match(segmentlessRemark(15_400), /^data flows, but for 15 s no segment has ended.*key-frame interval/);
});

test.run();
