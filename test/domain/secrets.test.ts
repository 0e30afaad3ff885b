import * as fc from 'fast-check';
import * as assert from 'uvu/assert';
import { scrubText, scrubUrl } from '../../src/domain/secrets.ts';
import { suite } from '../support/suite.ts';

const test = suite('domain/secrets');

for (const [url, shown] of [
  ['rtsp://admin:hush@10.1.1.7/h264', 'rtsp://***@10.1.1.7/h264'],
  ['rtsp://admin:p@ss/word@10.1.1.7:554/h264?x=1', 'rtsp://***@10.1.1.7:554/h264?x=1'],
  ['srt://host:9000?mode=caller&passphrase=0123456789', 'srt://host:9000?mode=caller&passphrase=***'],
  ["rtsp://admin:it's a @h@10.1.1.7/h264", 'rtsp://***@10.1.1.7/h264'],
  ['udp://@239.0.0.1:5000', 'udp://@239.0.0.1:5000'],
  ['https://host/live.m3u8?access_token=abc&q=1', 'https://host/live.m3u8?access_token=***&q=1'],
  ['http://host/live.ts', 'http://host/live.ts'],
] as const) {
  test(`${shown}`, () => assert.is(scrubUrl(url), shown));
}

test('every URL of a text is scrubbed, and the text around it is kept', () => {
  assert.is(
    scrubText("Impossible to open 'rtsp://a:b@c/d', then http://e:f@g/?key=h."),
    "Impossible to open 'rtsp://***@c/d', then http://***@g/?key=***",
  );
});

test('no password survives, whatever surrounds it; scrubbing twice changes nothing', () => {
  const password = fc.stringMatching(/^[A-Za-z0-9@/:!$%]{4,12}$/).map((text) => `hush${text}`);
  fc.assert(
    fc.property(password, fc.string(), fc.string(), (secret, before, after) => {
      const shown = scrubText(`${before} rtsp://admin:${secret}@camera/x ${after}`);
      assert.not.match(shown, secret);
      assert.is(scrubText(shown), shown);
    }),
  );
});

test.run();
