import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { sourceUrlProblem } from '../../../src/domain/definition/source-url.ts';
import { maskerOf, scrubText, scrubUrl } from '../../../src/domain/text/secrets.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/text/secrets');

test('passwords become ***, the rest of the URL stays', () => {
  assert.is(scrubUrl('rtsp://user:pass@host:554/h264?x=1'), 'rtsp://user:***@host:554/h264?x=1');
  assert.is(scrubUrl('rtsp://admin:a/b?c#d@host/h264'), 'rtsp://admin:***@host/h264');
  assert.is(scrubUrl('https://ghp_0123@host/x'), 'https://***@host/x');
  assert.is(scrubUrl('http://host/a?token=abc&x=1&api_key=def#frag'), 'http://host/a?token=***&x=1&api_key=***');
  assert.is(scrubUrl('rtsp://h:554/user=admin_password=abc_channel=1.sdp'), 'rtsp://h:554/user=admin_password=***');
  assert.is(scrubUrl('srt://h:9000?passphrase=abc&mode=caller'), 'srt://h:9000?passphrase=***&mode=caller');
});

test('the first half of a URL that was cut within its password shows none of it', () => {
  assert.is(scrubUrl('rtsp://user:hunter'), 'rtsp://user:***');
  assert.is(scrubUrl('rtsp://user:hunter2/x'), 'rtsp://user:***');
});

test('URLs without secrets, and text without URLs, stay as they are', () => {
  for (const text of [
    'rtsp://cam01/h264',
    'http://[::1]:8080/x',
    'udp://@239.0.0.1:1234?timeout=5000000',
    'test:gate-3',
    'http://cdn/1080p@60/index.m3u8',
    'mail me@example.com: password=unknown',
    'public_url http://s01.example.com:8080;',
  ]) {
    assert.is(scrubText(text), text);
  }
});

test('every URL of a text is scrubbed, up to white space and quotes', () => {
  assert.is(
    scrubText('[in#0] Error opening "rtsp://u:p@a/x": refused; trying http://v:q@b/y next (user me@home)'),
    '[in#0] Error opening "rtsp://u:***@a/x": refused; trying http://v:***@b/y next (user me@home)',
  );
});

const CREDENTIAL = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .map((text) => `Zq${text}9Q`)
  .filter((text) => !/[\p{C}\s"<>]/u.test(text));
const SCHEME = fc.constantFrom('rtsp', 'rtmps', 'srt', 'udp', 'http', 'nats', 'tls');
const PATH = fc.constantFrom('', '/', '/h264', '/a?b=c', ':554/x', '/x#y');

test('no password of a URL survives, wherever the URL stands', () => {
  fc.assert(
    fc.property(SCHEME, CREDENTIAL, PATH, fc.constantFrom('', 'user', 'a.b'), (scheme, secret, path, user) => {
      const url = `${scheme}://${user}:${secret}@host${path}`;
      assert.not.ok(scrubUrl(url).includes(secret), scrubUrl(url));
      const text = scrubText(`error with ${url}: and "${url}", again`);
      assert.not.ok(text.includes(secret), text);
      assert.ok(text.startsWith('error with ') && text.endsWith(', again'), text);
    }),
    { numRuns: 500 },
  );
});

test('no value of a secret parameter survives', () => {
  const names = fc.constantFrom(
    'token',
    'key',
    'api_key',
    'Password',
    'pwd',
    'authToken',
    'secret',
    'sig',
    'X-Amz-Signature',
  );
  const values = CREDENTIAL.filter((text) => !/[&;]/.test(text));
  fc.assert(
    fc.property(names, values, fc.constantFrom('?', '?a=b&', '?a=b;'), (name, secret, before) => {
      const url = `http://host/live.m3u8${before}${name}=${secret}&c=d`;
      assert.not.ok(scrubText(`opening ${url} failed`).includes(secret), scrubText(url));
    }),
  );
});

test('the value after the word for a password or key is hidden, a sentence about passwords is not', () => {
  assert.is(scrubText('line 3: edit_auth admin b; cluster_key x;'), 'line 3: edit_auth admin ***; cluster_key ***;');
  assert.is(scrubText('play_token new-one old-one;'), 'play_token *** ***;');
  assert.is(scrubText('view_auth guest *** ***; edit_auth x;'), 'view_auth guest *** ***; edit_auth ***;');
  assert.is(scrubText('Authorization: Basic YTpi, again'), 'Authorization: Basic ***, again');
  assert.is(scrubText(`{"authorization":"Bearer a.b.c"}`), '{"authorization":"Bearer ***"}');
  assert.is(scrubText('{"auth_token":"a\\"b","user":"u","pass":"b"}'), '{"auth_token":***,"user":"u","pass":***}');
  assert.is(scrubText(`{ user: 'u', password: 'it\\'s' }`), `{ user: 'u', password: *** }`);
  for (const sentence of [
    'changes need the user and password of edit_auth in the configuration file; ask for it',
    'no cluster_key: an outage of NATS will end the captures',
    'the password: what you like',
  ]) {
    assert.is(scrubText(sentence), sentence);
  }
});

test('a short secret is never replaced blindly: neither a letter in a word, nor a port', () => {
  const mask = maskerOf(['b', '8080', 's01', 'example']);
  const line = 'lost the bus; http://s01.example.com:8080 is served';
  assert.is(mask(line), line);
  const sentence = 'the source sends no media that ffmpeg knows: rtsp://127.0.0.1:8554: Invalid data found';
  assert.is(scrubText(sentence), sentence, 'the port of an address at the end of a clause');
});

test('a long secret is hidden, whatever characters it has', () => {
  const mask = maskerOf(['h7Qk2vXw9LmT', 'a+b(c)[d]$', 'h7Qk2vXw9LmT4sPz']);
  assert.is(mask('tokenh7Qk2vXw9LmT4sPz, or (h7Qk2vXw9LmT)? a+b(c)[d]$!'), 'token***, or (***)? ***!');
  assert.is(maskerOf(['streamherd'])('streamherds in streamherd'), 'streamherds in ***');
});

test('scrubbing twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,4}:\/\/[a-z:@/?&=;#.*]{0,30}$/), (url) => {
      assert.is(scrubUrl(scrubUrl(url)), scrubUrl(url));
    }),
  );
});

test('a URL that may be captured holds only credentials that the scrubber understands', () => {
  fc.assert(
    fc.property(CREDENTIAL, (secret) => {
      const url = `rtsp://user:${secret}@host/h264`;
      if (sourceUrlProblem(url) === undefined) assert.is(scrubText(url), 'rtsp://user:***@host/h264');
    }),
  );
});

test.run();
