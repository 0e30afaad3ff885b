import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { adviceOf } from '../../../src/domain/source-failure.ts';
import { type Exit, failureOf } from '../../../src/media/ffmpeg/exit-classes.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/ffmpeg/exit-classes');

// What each of ffmpeg's own texts is classed as is asserted over the whole way, in test/actors/ffmpeg/ffmpeg.test.ts.
function failure(exit: Partial<Exit>) {
  return failureOf({ url: 'rtsp://camera/x', tail: [], code: 1, signal: undefined, stopped: false, ...exit });
}

test('silence on UDP is a timeout, an unreadable source of another kind is unreachable', () => {
  const tail = ['[error] x: Input/output error'];
  assert.is(failure({ url: 'udp://239.0.0.1:5000', tail }).kind, 'timeout');
  assert.is(failure({ url: 'srt://server:9000', tail }).kind, 'unreachable');
});

test("a segment that the demuxer cannot open is the source's fault, one that the muxer cannot open the server's", () => {
  const gone = [
    '[http @ 0x560f2effe200] [warning] HTTP error 404 Not Found',
    '[hls @ 0x560f2effaac0] [warning] Failed to open segment 3 of playlist 0',
    "[hls @ 0x560f2effaac0] [error] Error when loading first segment 'http://server/a0.ts'",
    '[error] http://server/a.m3u8: Invalid data found when processing input',
  ];
  assert.is(failure({ url: 'http://server/a.m3u8', tail: gone }).kind, 'not-found');
  const refused = gone.map((line) => line.replace('404 Not Found', '503 Service Unavailable'));
  assert.is(failure({ url: 'http://server/a.m3u8', tail: refused }).kind, 'refused');
  const { kind, message } = failure({ code: 0, tail: ["[hls @ 0x561995] [error] Failed to open file '/data/1-0.ts'"] });
  assert.is(kind, 'ours');
  assert.match(message, 'the segments cannot be written');
});

test('an error of the muxer about packets suggests the transcoder; any other cause is told first', () => {
  const muxer = [
    '[mpegts @ 0x55d2] [error] first pts and dts value must be set',
    '[error] av_interleaved_write_frame(): Invalid data found when processing input',
  ];
  const { kind, message } = failure({ tail: muxer });
  assert.is(kind, 'unsupported');
  assert.match(message, /^the source cannot be copied: give the stream "transcoder vb=2048k ab=64k"/);
  assert.is(failure({ tail: [...muxer, '[error] x: No space left on device'] }).kind, 'ours');
  const unset = '[mpegts @ 0x1] [warning] Timestamps are unset in a packet for stream 0. This is deprecated';
  assert.is(failure({ tail: [unset, '[error] x: Connection reset by peer'] }).kind, 'refused');
});

test("a signal that was not sent by this server is not the source's fault", () => {
  const { kind, message } = failure({ code: undefined, signal: 'SIGSEGV' });
  assert.is(kind, 'ours');
  assert.match(message, 'SIGSEGV');
});

test('the line is shown without its prefixes', () => {
  const tail = ['[tcp @ 0x55ae17ddd140] [error] Connection to tcp://camera:554 failed: Connection refused'];
  assert.match(failure({ tail }).message, /: Connection to tcp:\/\/camera:554 failed: Connection refused$/);
});

test('a source that was told on standard input has its own name and host, without its secret', () => {
  for (const [url, named] of [
    ['rtsp://admin:hush-$&-hush@10.1.1.7:554/x', 'rtsp://admin:***@10.1.1.7:554/x'],
    ['srt://server:9000?passphrase=hush-hush-hush', 'srt://server:9000?passphrase=***'],
    ['https://server/x.m3u8?token=hush', 'https://server/x.m3u8?token=***'],
  ] as const) {
    const { kind, message } = failure({ url, tail: ['[error] pipe:0: Connection refused'] });
    assert.is(kind, 'refused');
    assert.is(message, `the source refuses the connection: ${named}: Connection refused`);
  }
});

test("no tail of output throws, and none shows the source's password", () => {
  const password = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `hush${text}`);
  const text = fc.constantFrom('Connection refused', '404 Not Found', 'Invalid data found', 'Input/output error', '');
  const exit = fc.record({ code: fc.option(fc.nat(255), { nil: undefined }), before: fc.string(), text });
  fc.assert(
    fc.property(password, exit, (secret, { code, before, text }) => {
      const url = `rtsp://admin:${secret}@camera/x`;
      const { message } = failure({ url, code, tail: [`${before}[error] Impossible to open '${url}': ${text}`] });
      assert.not.match(message, 'hush');
    }),
  );
});

test('there is advice for what ffmpeg says of a source, as the server puts it', () => {
  const said = [
    '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized',
    '[http @ 0x1] HTTP error 404 Not Found',
    'Connection to tcp://10.1.1.7:554 failed: Connection refused',
    'Connection to tcp://10.1.1.7:554 failed: No route to host',
    'Connection to tcp://10.1.1.7:554 failed: Connection timed out',
    "Protocol 'file' not on whitelist 'rtsp'!",
    'av_interleaved_write_frame(): No space left on device',
    'Unknown encoder libx265',
    'Invalid data found when processing input',
    'Connection reset by peer',
  ];
  for (const line of said) {
    const { message } = failure({ tail: [line] });
    assert.type(adviceOf(message), 'string', message);
  }
  const { message } = failure({ code: 0 });
  assert.match(adviceOf(message) ?? '', 'The capture begins again by itself');
  assert.is(adviceOf('a new kind of failure'), undefined);
});

test.run();
