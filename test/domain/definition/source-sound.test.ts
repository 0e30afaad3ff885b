import * as assert from 'uvu/assert';
import { isCarried, soundEncoded } from '../../../src/domain/definition/source-sound.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/source-sound');

test('sound with a stream type in MPEG-TS is copied, sound that would become private data is not', () => {
  for (const codec of ['aac', 'aac_latm', 'mp2', 'mp3', 'ac3', 'eac3', 'dts', 'truehd', 'h264', 'mjpeg']) {
    assert.is(isCarried(codec), true, codec);
  }
  for (const codec of ['pcm_mulaw', 'pcm_alaw', 'pcm_s16be', 'adpcm_g722', 'adpcm_g726le', 'g723_1', 'g729', 'opus']) {
    assert.is(isCarried(codec), false, codec);
  }
  for (const codec of ['amr_nb', 'amr_wb', 'speex', 'vorbis', 'flac', 'nellymoser']) {
    assert.is(isCarried(codec), false, codec);
  }
});

test('the picture is copied, and speech gets as many bits as 8 kHz can use', () => {
  assert.equal(soundEncoded('pcm_alaw'), { video: 'copy', audio: 'aac', audioKbps: 48 });
  assert.equal(soundEncoded('opus'), { video: 'copy', audio: 'aac', audioKbps: 128 });
  assert.equal(soundEncoded('pcm_s16be'), { video: 'copy', audio: 'aac', audioKbps: 128 });
});

test.run();
