import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { secretsOf } from '../../../src/config/hidden-texts.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { formatProblem } from '../../../src/config/syntax/problem.ts';
import { kindsOf } from '../../../src/domain/notify/event-choice.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/reading/read-notify');

const HOOK = 'https://chat.example.com/hooks/T0PS3CRET';
const MAIL = 'smtp://herd:pa55word@mail.example.com';

const parsed = (text: string) => parseConfig(`server_name s1;\n${text}`, 'x.conf');
const problems = (text: string) => parsed(text).problems.map(({ message }) => message);

test('receivers of one place are told apart; without "events" they hear of the warnings', () => {
  const { config, hosts } = parsed(
    `notify ${HOOK};\nnotify ${HOOK}2 { events all; }\nnotify ${MAIL} { from a@b; to c@d; }`,
  );
  assert.equal(
    config?.notify.map(({ name, kinds }) => [name, kinds]),
    [
      ['https://chat.example.com', kindsOf('warnings')],
      ['https://chat.example.com (2)', kindsOf('all')],
      ['smtp://mail.example.com', kindsOf('warnings')],
    ],
  );
  assert.equal(hosts.map(({ host }) => host).slice(-1), ['mail.example.com'], 'check looks the names up');
  for (const secret of ['/hooks/T0PS3CRET', 'pa55word'])
    assert.ok(config !== undefined && secretsOf(config).includes(secret));
});

test('every word', () => {
  const text = readFileSync(new URL('../../../../test/fixtures/config/every-word.conf', import.meta.url), 'utf8');
  assert.equal(parseConfig(text, 'x.conf').config?.notify, [
    {
      ...{ type: 'webhook', name: 'https://chat.example.com', url: 'https://chat.example.com/hooks/T0P' },
      ...{ kinds: ['stream-stalled', 'recording-lost', 'archive-full', 'bus-lost'], secret: 'kJ8sW2xQz7Lm4pRt' },
    },
    {
      ...{ type: 'mail', name: 'smtp://mail.example.com:587', url: 'smtp://herd:p%40ss@mail.example.com:587' },
      ...{ kinds: kindsOf('warnings'), from: 'herd@example.com', to: ['night@example.com', 'day@example.com'] },
      everyMs: 300_000,
    },
  ]);
});

test('events: commas, blanks, parts of kinds, each once', () => {
  const kinds = (events: string) => parsed(`notify ${HOOK} { events ${events}; }`).config?.notify[0]?.kinds;
  assert.equal(kinds('stalled,lost'), ['stream-stalled', 'recording-lost', 'bus-lost']);
  assert.equal(kinds('lost, bus-lost stalled'), ['stream-stalled', 'recording-lost', 'bus-lost']);
});

for (const [text, expected] of [
  ['notify;', /^expected a URL like .* after "notify"/],
  ['notify chat.example.com;', /^expected a URL like/],
  ['notify ftp://chat.example.com/;', /^expected a URL like/],
  ['notify https://;', /^expected a URL like/],
  ['notify https://x/#a;', /^expected a URL like/],
  ['notify smtp://mail/path { from a@b; to c@d; }', /^expected a URL like/],
  [`notify ${HOOK} { events stalld; }`, /^expected events like .*, perhaps "stalled"/],
  [`notify ${HOOK} { events; }`, /^expected events like .* after "events"/],
  [`notify ${HOOK} { secret short; }`, /^expected a secret of at least 16 characters/],
  [`notify ${HOOK} { secret CHANGE-ME; }`, /^expected a secret of your own/],
  [`notify ${HOOK} { from a@b; }`, /^expected "from" only with smtp:\/\/ or smtps:\/\//],
  [`notify ${MAIL} { from a@b; to c@d; secret kJ8sW2xQz7Lm4pRt; }`, /^expected "secret" only with http/],
  [`notify ${MAIL} { to c@d; }`, /^expected a block with "from ADDRESS;"/],
  [`notify ${MAIL};`, /^expected a block with "from ADDRESS;"/],
  [`notify ${MAIL} { from "a@b,x@y"; to c@d; }`, /^expected a mail address/],
  [`notify ${MAIL} { from a@b; to "c@d\\nBcc: x@y"; }`, /^expected a mail address/],
  [`notify ${MAIL} { from a@b; to c@d; every 2d; }`, /^expected a duration from 1s to 1d/],
  [`notify ${HOOK}; notify ${HOOK};`, /^expected a receiver that line 2 does not name already/],
  [`notify ${HOOK} { colour red; }`, /^expected a word of a notify block/],
] as const) {
  test(`${text} is refused`, () => assert.match(problems(text)[0] ?? '', expected));
}

test('at most 16 receivers', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `notify https://x/${at};`).join('\n');
  assert.equal(problems(lines(16)), []);
  assert.match(problems(lines(17))[0] ?? '', 'at most 16 receivers');
});

test('no error shows the path of a webhook, its secret or a password, also of misspelt words', () => {
  for (const text of [
    `notify ${HOOK} { events stalld; secret kJ8sW2xQz7Lm4pRt; }`,
    `notfy ${HOOK} { secret kJ8sW2xQz7Lm4pRt; }`,
    `notify ${HOOK} x { secrt kJ8sW2xQz7Lm4pRt; }`,
    `notify ${MAIL} { every 2d; from a@b; to c@d; }`,
    `notify ${HOOK} { secret kJ8sW2xQz7Lm4pRt x; }`,
  ]) {
    const shown = parsed(text).problems.map(formatProblem).join('\n');
    assert.ok(shown.length > 0);
    assert.not.match(shown, /T0PS3CRET|kJ8sW2xQz7Lm4pRt|pa55word/);
  }
});

test.run();
