import * as assert from 'uvu/assert';
import {
  MAX_PUSH_URL_LENGTH,
  pushSecrets,
  pushTarget,
  pushUrlProblem,
  shownPushUrl,
} from '../../../src/domain/definition/push-url.ts';
import { scrubText } from '../../../src/domain/text/secrets.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/definition/push-url');

test('RTMP: the host may be shown, and application and key are options', () => {
  assert.equal(pushTarget('rtmp://live.example/app/key'), {
    scheme: 'rtmp',
    host: 'live.example',
    options: [
      ['rtmp_app', 'app'],
      ['rtmp_playpath', 'key'],
    ],
  });
  const { host, options } = pushTarget('rtmps://live.example:443/rtmp/FB-1-0-abc?s_bl=1&s_ps=a/b');
  assert.equal([host, options.at(-1)], ['live.example:443', ['rtmp_playpath', 'FB-1-0-abc?s_bl=1&s_ps=a/b']]);
  assert.equal(pushTarget('rtmp://live.example/app/instance/key/more').options, [
    ['rtmp_app', 'app/instance'],
    ['rtmp_playpath', 'key/more'],
  ]);
});

test('SRT: known parameters are decoded, and no value can add an option of its own', () => {
  assert.equal(
    pushTarget('srt://[2001:db8::1]:9000?streamid=%23!::r=cam01&passphrase=ten%20letters&latency=200000').options,
    [
      ['srt_streamid', '#!::r=cam01'],
      ['passphrase', 'ten letters'],
      ['latency', '200000'],
    ],
  );
  assert.match(pushUrlProblem('srt://host:9000?streamid=a%0Apassphrase=b') ?? '', /streamid of at most/);
});

test('what may not be pushed to says what is expected, and repeats nothing of it', () => {
  const SECRET = 'k3yk3yk3y';
  for (const [url, expected] of [
    ['', /push URL/],
    [`http://host/app/${SECRET}`, /push URL like rtmp:/],
    [`file:///etc/${SECRET}`, /push URL like rtmp:/],
    [`rtmp://user:${SECRET}@host/app/key`, /without user and password/],
    [`rtmp://-host/app/${SECRET}`, /push URL like rtmp:/],
    [`rtmp:///app/${SECRET}`, /push URL like rtmp:/],
    [`rtmp://host:99999/app/${SECRET}`, /push URL like rtmp:/],
    [`rtmp://host/${SECRET}`, /APPLICATION\/KEY/],
    [`rtmp://host/${SECRET}/`, /APPLICATION\/KEY/],
    [`rtmp://host/app/${SECRET} -y`, /without white space/],
    [`rtmp://host/app/${SECRET}\nx`, /without white space/],
    [`srt://host?passphrase=${SECRET}`, /srt:\/\/HOST:9000/],
    [`srt://host:1/${SECRET}`, /srt:\/\/HOST:9000/],
    ['srt://host:1?passphrase=short', /10 to 79/],
    [`srt://host:1?mode=listener&streamid=${SECRET}`, /calls its receiver/],
    [`srt://host:1?${SECRET}=1`, /nothing but streamid/],
    ['srt://host:1?streamid=%zz', /streamid/],
    [`rtmp://host/app/${'k'.repeat(MAX_PUSH_URL_LENGTH)}`, /at most/],
  ] as const) {
    const problem = pushUrlProblem(url) ?? 'it is accepted';
    assert.match(problem, expected, url);
    assert.not.match(problem, SECRET);
    assert.is(scrubText(problem), problem, 'it reaches people as it is');
  }
});

test('a push URL is shown without path and query, also a wrong one', () => {
  assert.is(shownPushUrl('rtmp://live.example:1936/app/key?x=y'), 'rtmp://live.example:1936/***');
  assert.is(shownPushUrl('srt://host:9000?passphrase=ten-letters'), 'srt://host:9000/***');
  assert.is(shownPushUrl('srt://host:9000'), 'srt://host:9000');
  assert.is(shownPushUrl('rtmp://user:pass@host/app/key'), 'rtmp://***');
  assert.is(shownPushUrl('rtmp://user:pa/ss@host/app/key'), 'rtmp://***');
  assert.is(shownPushUrl('my-key'), '***');
  assert.is(pushUrlProblem('rtmp://host/***'), undefined, 'as a page reads it');
  assert.throws(() => pushTarget('rtmp://host/***'), /APPLICATION\/KEY/);
  assert.equal([...pushSecrets('rtmp://h/live/abc?sig=def')].sort(), [
    'abc',
    'abc?sig=def',
    'def',
    'live/abc?sig=def',
    'sig',
  ]);
});

test.run();
