import * as assert from 'uvu/assert';
import { MAX_SOURCE_URL_LENGTH, schemeOf, sourceUrlProblem } from '../../../src/domain/definition/source-url.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/source-url');

test('the schemes that a stream may be captured from', () => {
  for (const url of [
    'rtsp://10.1.1.7/h264',
    'rtsps://user:p@ss@cam:322/x?a=b',
    'rtmp://host/app/stream',
    'rtmps://host/app',
    'srt://host:9000?mode=caller',
    'srt://:9000?mode=listener',
    'udp://@239.0.0.1:1234',
    'udp://:1234',
    'rtp://239.0.0.1:5004',
    'http://host/live.m3u8',
    'https://[2001:db8::1]:8443/x',
    'test:',
    'test:gate-3',
  ]) {
    assert.is(sourceUrlProblem(url), undefined, url);
  }
});

test('everything else that ffmpeg would open is refused', () => {
  for (const url of [
    '',
    'cam01',
    'file:/etc/passwd',
    'file:///etc/passwd',
    '/etc/passwd',
    'concat:a|b',
    'subfile:,,start,0,end,0,,:/etc/passwd',
    'data:text/plain,x',
    'lavfi:testsrc',
    'testsrc',
    '-i',
    '-f lavfi',
    'pipe:0',
    'RTSP://host/x',
    'rtsp:host',
    'rtsp:/host',
    'rtsp://',
    'rtsp:///path',
    'rtsp://:554/x',
    'rtsp://user@/x',
    'rtsp://-host/x',
    'rtsp://host:0/x',
    'rtsp://host:65536/x',
    'rtsp://host:port/x',
    'rtsp://host/a b',
    'rtsp://host/a\nfile',
    'rtsp://host/a\0',
    'rtsp://host/\u202Ex',
    'rtsp://host/\u00A0x',
    'rtsp://host/"x',
    ' rtsp://host/x',
    'test:a b',
    "test:'",
    `rtsp://host/${'x'.repeat(MAX_SOURCE_URL_LENGTH)}`,
  ]) {
    assert.type(sourceUrlProblem(url), 'string', url);
  }
});

test('the sentence never repeats the URL', () => {
  assert.not.ok(sourceUrlProblem('rtsp://user:hunter2@')?.includes('hunter2'));
});

test('the scheme of a URL', () => {
  assert.is(schemeOf('rtsps://x'), 'rtsps');
  assert.is(schemeOf('test:'), 'test');
  assert.is(schemeOf('file:x'), undefined);
  assert.is(schemeOf('rtsp'), undefined);
});

test.run();
