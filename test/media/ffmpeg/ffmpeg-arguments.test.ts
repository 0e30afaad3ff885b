import '../../support/fixed-seed.ts';
import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { TranscoderProfile } from '../../../src/domain/definition/stream-definition.ts';
import { type CaptureCommandInput, captureCommand } from '../../../src/media/ffmpeg/ffmpeg-arguments.ts';
import { firstTimestamps } from '../../../src/media/ffmpeg/first-timestamps.ts';
import { wrapCommand } from '../../../src/media/ffmpeg/wrapped-command.ts';
import { ANY_CHARACTER } from '../../support/any-character.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/ffmpeg/ffmpeg-arguments');

function commandOf(input: Partial<CaptureCommandInput>) {
  return captureCommand({
    url: 'rtsp://camera/h264',
    profile: undefined,
    folder: '/spool/cam01',
    epoch: 7,
    startNumber: 100,
    segmentMs: 2000,
    sourceTimeoutMs: 10_000,
    ...input,
  });
}

/** What stands after `name`. */
function valueOfOption(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

test('the command that was measured to work', () => {
  const placed = firstTimestamps().join(' ');
  assert.is(
    commandOf({}).args.join(' ').replace(` ${placed}`, ''),
    '-hide_banner -nostdin -nostats -loglevel level+info ' +
      '-protocol_whitelist rtsp,rtsps,rtp,udp,tcp,tls -format_whitelist rtsp,rtp,sdp -analyzeduration 1000000 ' +
      '-rtsp_transport tcp -timeout 10000000 -fpsprobesize 0 -i rtsp://camera/h264 -c copy -sn -dn ' +
      '-f hls -hls_time 2 -hls_init_time 0.8 -hls_list_size 1 -hls_flags program_date_time+omit_endlist ' +
      '-start_number 100 -hls_segment_filename /spool/cam01/7-%d.ts -progress pipe:4 -stats_period 1 pipe:3',
  );
});

test('with low latency the same packets go to a socket too, and what is encoded is encoded once', () => {
  const tap = { socket: '/data/parts/tap', id: 2 ** 15 + 3 };
  const muxing = 'flush_packets=1:pes_payload_size=0:mpegts_transport_stream_id=2:mpegts_service_id=4';
  const { args } = commandOf({ tap });
  const plain = commandOf({}).args;
  assert.equal(args.slice(0, plain.length), plain, 'the segments are written as ever');
  const second = args.slice(plain.length);
  assert.equal(second.slice(0, 8), ['-map', '0:v:0?', '-map', '0:a:0?', '-c', 'copy', ...firstTimestamps()]);
  assert.is(valueOfOption(second, '-f'), 'fifo');
  assert.is(valueOfOption(second, '-format_opts'), muxing);
  assert.is(second.at(-1), 'unix:///data/parts/tap');
  const encoded = commandOf({ tap, folder: "/a ':]|b", profile: { video: 'h264', audio: 'aac' } }).args;
  assert.is(encoded.filter((arg) => arg === 'libx264').length, 1);
  assert.is(valueOfOption(encoded, '-f'), 'tee');
  const name = "hls_segment_filename=/a\\\\ \\\\\\'\\\\:\\\\]\\|b/7-%d.ts]pipe:3|[f=mpegts:";
  assert.ok(encoded.at(-1)?.includes(name), encoded.at(-1));
});

test('RTSP video that is copied gets its first timestamps; video that is encoded, or has timestamps, is left as it is', () => {
  const places = (input: Partial<CaptureCommandInput>) => commandOf(input).args.includes(firstTimestamps()[1] ?? '');
  assert.ok(places({}));
  assert.ok(places({ url: 'rtsps://admin:hush@camera/x' }));
  assert.ok(places({ profile: { video: 'copy', audio: 'aac' } }));
  assert.not.ok(places({ profile: { video: 'h264', audio: 'aac' } }));
  assert.not.ok(places({ profile: { video: 'none', audio: 'aac' } }));
  for (const url of ['udp://239.0.0.1:5000', 'http://server/x.m3u8', 'rtmp://server/live/x', 'test:'])
    assert.not.ok(places({ url }), url);
});

for (const [url, option, value] of [
  ['rtsps://camera/x', '-timeout', '10000000'],
  ['rtmp://server/live/x', '-rw_timeout', '10000000'],
  ['https://server/x.m3u8', '-rw_timeout', '10000000'],
  ['srt://server:9000', '-connect_timeout', '5000'],
  ['srt://0.0.0.0:9000?mode=listener', '-listen_timeout', '10000000'],
] as const) {
  test(`${url} has a deadline of its own`, () => assert.is(valueOfOption(commandOf({ url }).args, option), value));
}

test('rtp: the deadline is in the URL, for ffmpeg refuses it as an option', () => {
  const { args } = commandOf({ url: 'rtp://239.0.0.1:5004' });
  assert.is(valueOfOption(args, '-i'), 'rtp://239.0.0.1:5004?timeout=10000000');
  assert.not.ok(args.includes('-timeout'));
});

test('udp: deadline and buffer are in the URL, and options that its author wrote are kept', () => {
  const source = (url: string) => valueOfOption(commandOf({ url }).args, '-i');
  assert.is(source('udp://239.0.0.1:5000'), 'udp://239.0.0.1:5000?timeout=10000000&fifo_size=28672&overrun_nonfatal=1');
  assert.is(
    source('udp://239.0.0.1:5000?fifo_size=9'),
    'udp://239.0.0.1:5000?fifo_size=9&timeout=10000000&overrun_nonfatal=1',
  );
});

test('a URL that holds a secret is told on standard input, with its options', () => {
  const { args, stdin } = commandOf({ url: "rtsp://admin:it's@camera/h264" });
  assert.is(valueOfOption(args, '-i'), 'pipe:0');
  assert.not.match(args.join(' '), /admin|it's|camera/);
  assert.is(
    stdin,
    `ffconcat version 1.0
file 'rtsp://admin:it'\\''s@camera/h264'
option protocol_whitelist rtsp,rtsps,rtp,udp,tcp,tls
option format_whitelist rtsp,rtp,sdp
option analyzeduration 1000000
option rtsp_transport tcp
option timeout 10000000
option fpsprobesize 0
`,
  );
  assert.is(commandOf({ url: 'srt://server:9000?passphrase=0123456789' }).args.includes('pipe:0'), true);
});

test('no URL adds a line to what ffmpeg is told on standard input', () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER }), (text) => {
      const { stdin } = commandOf({ url: `rtsp://u:p@${text}` });
      if (stdin !== undefined) assert.is(stdin.split('\n').length, 9);
    }),
  );
});

test('a source that may not be captured, and a folder that ffmpeg would take for a pattern, are refused', () => {
  for (const url of ['file:///etc/passwd', 'concat:a|b', 'lavfi:x', '/dev/video0', '-i', ''])
    assert.throws(() => commandOf({ url }), RangeError);
  assert.throws(() => commandOf({ folder: '/spool/%d' }), RangeError);
});

const PROFILE: TranscoderProfile = { video: 'h264', audio: 'aac' };

test('transcoding: rate, size and key frames as the profile says; never without a known frame rate', () => {
  const { args } = commandOf({
    profile: { ...PROFILE, videoKbps: 512, size: { width: 640, height: 360 }, audioKbps: 64 },
  });
  assert.match(args.join(' '), '-c:v libx264 -preset veryfast');
  assert.match(args.join(' '), '-b:v 512k -maxrate 512k -bufsize 1024k -s 640x360');
  assert.match(args.join(' '), '-force_key_frames expr:gte(t,n_forced*2) -c:a aac -b:a 64k');
  assert.not.match(args.join(' '), 'fpsprobesize');
  assert.match(commandOf({ profile: { ...PROFILE, gop: 50, fps: 25 } }).args.join(' '), '-r 25 -g 50');
  assert.match(commandOf({ profile: { video: 'copy', audio: 'none' } }).args.join(' '), '-c:v copy -an');
  assert.match(commandOf({ profile: { video: 'none', audio: 'copy' } }).args.join(' '), '-vn -c:a copy');
});

test('test: is a pattern in real time, encoded although the definition has no transcoder', () => {
  const { args } = commandOf({ url: 'test:' });
  assert.match(args.join(' '), '-re -f lavfi -i testsrc2=');
  assert.match(args.join(' '), '-c:v libx264 -preset ultrafast');
  assert.not.match(args.join(' '), 'drawtext');
  assert.match(commandOf({ url: 'test:', drawsText: true }).args.join(' '), 'drawtext');
  assert.match(commandOf({ url: 'test:', profile: { video: 'copy', audio: 'copy' } }).args.join(' '), 'libx264');
});

test('wrappers that exist stand before ffmpeg', () => {
  const tools = { ffmpeg: '/opt/ffmpeg', setpriv: true, nice: 20, drawsText: true };
  assert.equal(wrapCommand(['-i', 'x'], tools), [
    'setpriv',
    ['--pdeathsig', 'KILL', '--no-new-privs', 'nice', '-n', '20', '/opt/ffmpeg', '-i', 'x'],
  ]);
  assert.equal(wrapCommand(['-i', 'x'], { ...tools, setpriv: false, nice: undefined }), ['/opt/ffmpeg', ['-i', 'x']]);
});

test.run();
