import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { formatAnswer, RtspReader } from '../../../../src/demo/cameras/rtsp/rtsp-message.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('demo/cameras/rtsp/rtsp-message');

const CONVERSATION = Buffer.concat([
  Buffer.from('OPTIONS rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n'),
  // A receiver report that holds the end of a head: only its length says where it ends.
  Buffer.from([0x24, 1, 0, 6, 0x0d, 0x0a, 0x0d, 0x0a, 0x24, 0x24]),
  Buffer.from('SET_PARAMETER rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nab\r\n$'),
  Buffer.from('PLAY rtsp://h/cam RTSP/1.0\r\ncseq:3\r\nSession: a:b\r\n\r\n'),
]);

test('the same requests are read, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }), (lengths) => {
      const reader = new RtspReader();
      const inputs = [];
      let at = 0;
      for (const length of [...lengths, CONVERSATION.length]) {
        inputs.push(...reader.push(CONVERSATION.subarray(at, at + length)));
        at += length;
      }
      const requests = inputs.flatMap((input) => (input.type === 'request' ? [input.request] : []));
      assert.is(inputs.length, requests.length);
      assert.equal(
        requests.map(({ method, headers }) => `${method} ${headers.get('cseq')}`),
        ['OPTIONS 1', 'SET_PARAMETER 2', 'PLAY 3'],
      );
      assert.is(requests[2]?.headers.get('session'), 'a:b');
    }),
  );
});

test('bytes that are no RTSP are malformed, and so is a head without end', () => {
  for (const bytes of [
    'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
    'x'.repeat(20_000),
    'PLAY rtsp://h RTSP/1.0\r\nContent-Length: -1\r\n\r\n',
  ]) {
    assert.is(new RtspReader().push(Buffer.from(bytes))[0]?.type, 'malformed', bytes.slice(0, 30));
  }
});

test('an answer names its request and the length of its body', () => {
  const text = formatAnswer({ status: 200, headers: { Session: 's' }, body: 'v=0\r\nü' }, '7');
  assert.is(text, 'RTSP/1.0 200 OK\r\nCSeq: 7\r\nSession: s\r\nContent-Length: 7\r\n\r\nv=0\r\nü');
});

test.run();
