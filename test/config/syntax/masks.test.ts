import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../../src/config/parse.ts';
import { formatProblem, formatWarning } from '../../../src/config/syntax/problem.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('config/syntax/masks');

function report(text: string): string {
  const { problems, warnings } = parseConfig(text, 'herd.conf', { hostName: 's01' });
  return [...problems.map(formatProblem), ...warnings.map(formatWarning)].join('\n');
}

test('keys and passwords are hidden, and the caret stays below its place', () => {
  assert.is(
    report('\tcluster_key MYSECRET; http 99999; # was 80'),
    [
      'herd.conf:1:29: expected a port or address:port, like 8080 or 10.0.0.1:8080, found "99999"',
      '  \tcluster_key ***; http 99999; #…',
      '  \t                      ^',
    ].join('\n'),
  );
});

/** Everything that goes wrong on the line of a secret, `SECRET` in its place. */
const LINES = [
  'cluster_key SECRET; x',
  'clustr_key SECRET;',
  'cluster_key=SECRET;',
  'cluster-key: SECRET;',
  'cluster_key:SECRET',
  'cluster_key "SECRET',
  'cluster_key "a\\qSECRET";',
  'cluster_key SECRET SECRET;',
  'cluster_key a;SECRET;',
  'cluster_key a{SECRET;}',
  'cluster_key }SECRET;',
  'cluster_key { SECRET }',
  'cluster_key SECRET',
  'my_password SECRET;',
  'edit_auth admin SECRET; x',
  'edit_auth admin SECRET more;',
  'edit_auth SECRET;',
  'edit_auth admin SECRET admin;',
  'view_auth guest SECRET more;',
  'view_auth SECRET;',
  'edit_auth admin scrypt$SECRET;',
  'edit_auth admin:SECRET;',
  'editauth admin SECRET;',
  'edit_auth admin a;SECRET;',
  'x # cluster_key SECRET',
  'x /* cluster_key SECRET */',
  '/* cluster_key SECRET',
  'nats nats://u:SECRET@h:1 x; y',
  'nats nats://u:SECRET@h:x;',
  'stream a { url rtsp://u:SECRET@h:x/; }',
  'stream a { url rtsp://u:SECRET@h/ y; }',
  'stream a { url file://u:SECRET@h/; }',
  'stream a { url rtsp://u:SECRET; }',
  'stream a { url "rtsp://u:SECRET@h; }',
  'stream a { url rtsp://u:a SECRET@h/; }',
  'stream a { url rtsp://u:a SECRET b@h/; }',
  'stream a { url rtsp://u:12/SECRET;b@h/; }',
  'stream a { url rtsp://u:a;SECRET@h/; }',
  'stream a { url rtsp://u:SECRET;b@h/; }',
  'stream a { url rtsp://u:a{SECRET@h/; }',
  'stream a { url rtsp://u:a}SECRET@h/; }',
  'stream a { url rtsp://u:a"SECRET@h/; }',
  'stream a { url http://h/?token=SECRET y; }',
  'stream a { ulr rtsp://u:SECRET@h/; }',
  'stream rtsp://u:SECRET@h/ { }',
  'rtsp://u:SECRET@h/;',
  'http rtsp://u:SECRET@h/;',
  'peer u:SECRET@h;',
  'public_url http://u:SECRET@h/;',
];

for (const line of LINES) {
  test(`hidden: ${line}`, () => {
    fc.assert(
      fc.property(fc.stringMatching(/^Zq[A-Za-z0-9.,!$%+/_-]{0,12}9Q$/), (secret) => {
        const text = report(`server_name s01;\n${line.replaceAll('SECRET', secret)}\nhttp x;`);
        assert.not.ok(text.includes('Zq') || text.includes('9Q'), text);
        assert.ok(text.includes('herd.conf:2:'), text);
      }),
      { numRuns: 30 },
    );
  });
}

test('control characters of a file never reach the terminal', () => {
  const text = report('title "\u001B[2J\u0007"; \u009B');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.not.ok(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/.test(text), JSON.stringify(text));
});

test.run();
