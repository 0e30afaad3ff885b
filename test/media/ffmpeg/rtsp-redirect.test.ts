import * as assert from 'uvu/assert';
import { canRedirectTo, parseWaitingRequest, redirectAnswer } from '../../../src/media/ffmpeg/rtsp-redirect.ts';
import { suite } from '../../support/suite.ts';

const test = suite('media/ffmpeg/rtsp-redirect');
const OPTIONS = 'OPTIONS rtsp://127.0.0.1:46335/t0ken RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Lavf59.27.100\r\n\r\n';

test('the first request of an ffmpeg identifies it, once the request is complete', () => {
  assert.equal(parseWaitingRequest(OPTIONS), { path: '/t0ken', cseq: '1' });
  for (let length = 0; length < OPTIONS.length; length += 1) {
    assert.is(parseWaitingRequest(OPTIONS.slice(0, length)), undefined);
  }
});

test('no other request is understood', () => {
  for (const text of [
    OPTIONS.replace('OPTIONS', 'DESCRIBE'),
    OPTIONS.replace('CSeq: 1', 'CSeq: one'),
    'GET /t0ken HTTP/1.1\r\nCSeq: 1\r\n\r\n',
    '\r\n\r\n',
  ]) {
    assert.is(parseWaitingRequest(text), undefined, text);
  }
});

test('the answer names the source as it is written', () => {
  const url = "rtsp://admin:hu'sh%40me@camera:554/live?channel=1";
  assert.is(
    redirectAnswer({ path: '/t0ken', cseq: '7' }, url),
    `RTSP/1.0 302 Found\r\nCSeq: 7\r\nLocation: ${url}\r\n\r\n`,
  );
});

test('only a URL of one line that begins like the place-holder can be named', () => {
  assert.ok(canRedirectTo('rtsp://camera/live'));
  assert.ok(canRedirectTo('RTSP://camera/live'));
  for (const url of [
    'rtsps://camera/live',
    'http://camera/live',
    'rtsp://camera/live\r\nX-More: 1',
    'rtsp://camera/li ve',
    `rtsp://camera/${'x'.repeat(3000)}`,
    '',
  ]) {
    assert.not(canRedirectTo(url), url);
    assert.throws(() => redirectAnswer({ path: '/t0ken', cseq: '1' }, url), 'cannot name');
  }
});

test.run();
