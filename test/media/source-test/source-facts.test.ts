import * as assert from 'uvu/assert';
import { factsText } from '../../../src/domain/definition/source-test.ts';
import { TRANSCODE_ALL } from '../../../src/media/ffmpeg/copy-remarks.ts';
import { adviceFor } from '../../../src/media/source-test/advice.ts';
import { PacketList } from '../../../src/media/source-test/packet-list.ts';
import { sourceTestCommand } from '../../../src/media/source-test/source-test-command.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/source-test/source-facts');

/** As ffmpeg writes it of a camera: 25 pictures a second, a key frame every second, G.711. */
const HEAD = `#extradata 0:       35, 0x7eb507f0
#software: Lavf59.27.100
#tb 0: 1/12800
#media_type 0: video
#codec_id 0: h264
#dimensions 0: 1280x720
#sar 0: 1/1
#tb 1: 1/8000
#media_type 1: audio
#codec_id 1: pcm_mulaw
#sample_rate 1: 8000
#channel_layout_name 1: mono
`;
const picture = (index: number, more = '') =>
  `0, ${512 * index}, ${512 * (index + 1)}, 512, 7531, 0xd4a5bf7b${index % 25 === 0 ? '' : ', F=0x0'}${more}\n`;

function factsOf(text: string) {
  const list = new PacketList();
  // However it was cut.
  for (let at = 0; at < text.length; at += 61) list.push(Buffer.from(text.slice(at, at + 61)));
  return list.facts();
}

test('codecs, size, pictures a second and key frames are read from a list of packets', () => {
  const pictures = Array.from({ length: 76 }, (_, index) => picture(index));
  const sounds = Array.from({ length: 10 }, (_, index) => `1, ${800 * index}, ${800 * index}, 800, 800, 0xeaa2f8d7\n`);
  assert.equal(factsOf(HEAD + pictures.join('') + sounds.join('')), {
    seenS: 3,
    video: { codec: 'h264', width: 1280, height: 720, fps: 25, keyFrameS: 1 },
    sound: { codec: 'pcm_mulaw', sampleRate: 8000, channels: 'mono' },
  });
  const one = factsOf(HEAD + picture(0, ', S=1, 10, 0x0000') + picture(1));
  assert.equal(one.video, { codec: 'h264', width: 1280, height: 720, fps: 25 }, 'one key frame has no interval');
  assert.is(one.sound, undefined, 'what is announced and does not come is not there');
});

test('rubbish is no fact', () => {
  const rubbish = '#tb 0: 1/0\n#media_type 0: video\n#dimensions 0: 0x0\n0, 1, 1, 1, 1, 0xab\n0, 9, 9, 1, 1, 0xab\n';
  assert.equal(factsOf(rubbish), { seenS: 0, video: { codec: 'unknown' } });
  const many = Array.from({ length: 1000 }, (_, index) => `#codec_id ${index}: h264\n${index}, 0, 0, 1, 1, 0xab\n`);
  assert.equal(factsOf(many.join('')), { seenS: 0 });
  assert.equal(factsOf('\u0000'.repeat(10_000)), { seenS: 0 });
});

test('it is said what will be done with a source, and what to change', () => {
  const seenS = 6;
  const said = (video: string | undefined, sound?: string, keyFrameS?: number) =>
    adviceFor({
      seenS,
      ...(video !== undefined && { video: { codec: video, ...(keyFrameS !== undefined && { keyFrameS }) } }),
      ...(sound !== undefined && { sound: { codec: sound } }),
    });
  assert.equal(said('h264', 'aac', 2), ['Its picture is copied.', 'Its sound is copied.']);
  assert.match(said('h264', 'pcm_mulaw', 2)[1] ?? '', /pcm_mulaw\) is encoded as AAC/);
  assert.equal(
    said('mjpeg')[0],
    `Its picture (mjpeg) plays nowhere when it is copied: give the stream "${TRANSCODE_ALL}".`,
  );
  assert.match(said('hevc', 'aac', 1)[0] ?? '', /not every player/);
  assert.match(said('h264', 'aac', 5)[1] ?? '', /They are 5 s apart: set the camera's key-frame interval/);
  assert.match(said('h264', 'aac')[1] ?? '', /No second one came within 6 s/);
  assert.equal(said(undefined, 'aac'), ['It sends no picture.', 'Its sound is copied.']);
  assert.is(said('h264', undefined, 1).at(-1), 'It sends no sound.');
});

test('what the transcoder of a stream says comes first', () => {
  const facts = { seenS: 6, video: { codec: 'mjpeg' }, sound: { codec: 'pcm_mulaw' } };
  const by = 'as the transcoder of the stream says.';
  assert.equal(adviceFor(facts, { video: 'h264', audio: 'aac' }), [
    `Its picture is encoded as h264, ${by}`,
    `Its sound is encoded as AAC, ${by}`,
  ]);
  assert.equal(adviceFor(facts, { video: 'none', audio: 'none' }), [
    `Its picture is left out, ${by}`,
    `Its sound is left out, ${by}`,
  ]);
  const copied = adviceFor(facts, { video: 'copy', audio: 'copy' });
  assert.match(copied[0] ?? '', /plays nowhere when it is copied/);
  assert.match(copied[1] ?? '', /is lost: MPEG-TS cannot carry it/);
});

test('facts as a line of text', () => {
  const video = { codec: 'h264', width: 1280, height: 720, fps: 25, keyFrameS: 1 };
  const sound = { codec: 'aac', sampleRate: 48_000, channels: 'stereo' };
  const said = 'h264, 1280x720, 25 pictures a second, a key frame every 1 s, sound aac 48000 Hz stereo; seen for 6 s';
  assert.is(factsText({ seenS: 6, video, sound }), said);
  assert.is(factsText({ seenS: 2, sound: { codec: 'mp3' } }), 'sound mp3; seen for 2 s');
  assert.is(factsText({ seenS: 0 }), '');
});

test('the command opens the source once, as a capture does, and shows no secret', () => {
  const { args, stdin } = sourceTestCommand('rtsp://admin:pass-word@10.1.1.7/x');
  assert.not.match(args.join(' '), 'pass-word');
  assert.match(stdin ?? '', /^file 'rtsp:\/\/admin:pass-word@10\.1\.1\.7\/x'$/m);
  assert.is(args.filter((each) => each === '-i').length, 1);
  assert.ok(args.includes('-bsf:v'), 'the first frames get their times');
  assert.throws(() => sourceTestCommand('file:///etc/passwd'), /cannot capture/);
});

test.run();
