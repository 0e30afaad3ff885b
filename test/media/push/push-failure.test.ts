import * as assert from 'uvu/assert';
import { pushCommand } from '../../../src/media/push/push-command.ts';
import { pushFailure } from '../../../src/media/push/push-failure.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/push/push-failure');

const PUSH = 'rtmp://live.example/app/s3cret-key';
const why = (...tail: readonly string[]) => pushFailure({ url: PUSH, tail, code: 1, signal: null });

// Lines of ffmpeg 5.1 and 7.1, as they were recorded.
test('what ffmpeg says of a push that failed, in our words', () => {
  for (const [line, says] of [
    ['[flv @ 0x5631471de740] [error] Video codec hevc not compatible with flv', /RTMP carries H\.264.*push over SRT/],
    ["[flv @ 0x55c5] [error] Tag [3][0][0][0] incompatible with output codec id '86016'", /RTMP carries H\.264/],
    ['[tcp @ 0x1] [error] Failed to resolve hostname live.example: Name or service not known', /cannot be resolved/],
    ['[error] rtmp://live.example/: Connection refused', /refuses the connection/],
    ['[error] rtmp://live.example/: Connection timed out', /does not answer/],
    ['[rtmp @ 0x1] [error] Cannot read RTMP handshake response', /does not speak RTMP/],
    ['[rtmp @ 0x1] [error] Server error: s3cret-key is denied', /is its key right/],
    ['SRT.cn: processAsyncConnectRequest: REJECT reported: Incorrect passphrase', /refuses the passphrase/],
    ['[error] srt://live.example:9000: Input/output error', /does not answer/],
    ['[error] av_interleaved_write_frame(): Broken pipe', /closed the connection/],
  ] as const) {
    assert.match(why('[warning] something before', line), says);
    assert.not.match(why(line), /s3cret/);
  }
});

test('a line that is not known is quoted, unless it repeats any part of the key', () => {
  assert.is(why('[rtmp @ 0x1] [error] a new complaint'), 'its ffmpeg exited with 1: a new complaint');
  assert.is(why('[rtmp @ 0x1] [error] no stream s3cret-key'), 'its ffmpeg exited with 1');
  assert.is(pushFailure({ url: PUSH, tail: [], code: null, signal: 'SIGSEGV' }), 'its ffmpeg was ended by SIGSEGV');
});

test('the command line has the host alone; what is secret is in the options', () => {
  for (const url of [
    PUSH,
    'rtmps://live.example/app/s3cret-key?a=s3cret',
    'srt://live.example:9000?passphrase=s3cret-key',
  ]) {
    const { args, options } = pushCommand(url);
    assert.not.match(args.join(' '), /s3cret|passphrase|app/);
    assert.match(args.at(-1) ?? '', /live\.example/);
    assert.match(options, /s3cret-key/);
  }
  assert.ok(pushCommand('rtmps://live.example/app/key').args.join(' ').includes('-tls_verify 1'));
  assert.throws(() => pushCommand('file:///etc/passwd'), /expected a push URL/);
});

test.run();
