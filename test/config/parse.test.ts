import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { defaultBeats } from '../../src/config/config.ts';
import { MAX_CONFIG_LENGTH, MAX_PROBLEMS } from '../../src/config/parse.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { ANY_CHARACTER } from '../support/any-character.ts';
import { configFixture, configOf, parse } from '../support/config-text.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('config/parse');

/** `line:column message` of every problem, as far as `…` in an expectation tells. */
function problems(text: string): string[] {
  return parse(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

test('an empty file is a configuration', () => {
  assert.equal(configOf('# nothing', 'host7'), {
    serverName: 'host7',
    http: { port: 8080 },
    publicUrl: 'http://host7:8080',
    peerUrl: 'http://host7:8080',
    nats: undefined,
    dataDir: '/var/lib/streamherd',
    archive: { roots: [], syncMs: 10_000, verifyMs: 2_592_000_000 },
    archiveReturn: { hours: [], graceMs: 3_600_000, adoptMs: 604_800_000 },
    access: { users: [], viewAuth: false, trustedProxies: [], play: { tokenKeys: [] } },
    ...{ peers: [], capacity: 1, streamMetrics: 1000 },
    times: DEFAULT_TIMES,
    live: { segmentMs: 2000, window: 6, lowLatency: false },
    ...{ log: { format: 'text', level: 'info', levels: {} }, notify: [] },
    streams: [],
  });
});

test('the example of the reference product parses as it stands', () => {
  const { config, problems: found, warnings } = parse(configFixture('three-peers.conf'), 's01.myhosting.com');
  assert.equal(found, []);
  assert.equal(
    config?.peers.map(({ name, peerUrl }) => [name, peerUrl]),
    ['s01', 's02', 's03'].map((name) => [`${name}.myhosting.com`, `http://${name}.myhosting.com:8080`]),
  );
  assert.is(config?.clusterKey, 'MYSECRET');
  assert.equal(
    config?.streams.map(({ name, definition, position }) => [name, definition.captureAt, position.line]),
    [
      ['cam01', 's01.myhosting.com', 6],
      ['cam02', 's02.myhosting.com', 10],
      ['cam03', undefined, 14],
    ],
  );
  assert.equal(
    warnings.map(({ line, message }) => `${line} ${message}`),
    ['2 peer s02.myhosting.com is named but no "nats": "streamherd run" will refuse to start'],
  );
});

test("The documents' example is a good file except for its secrets, which the operator has to choose", () => {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
  const [, example = ''] = /```\n(server_name [\s\S]*?)```/.exec(page) ?? [];
  const found = parse(example, 's01').problems.map(({ message }) => message);
  assert.equal(found, ['expected a key of your own, found "***"', 'expected a password of your own, found "***"']);
  const good = parse(example.replaceAll('CHANGE-ME', 'h7Qk2vXw9LmT4sPz81Bd'), 's01');
  assert.equal([good.problems, good.warnings, good.weaknesses], [[], [], []]);
});

test('all errors of a file are reported at once, each in its place', () => {
  assert.equal(
    problems(`sream cam01 {
  input rtsp://a/b;
}
http 99999
nats nats://h:1;
stream cam01 {
  titel x;
  dvr 7x;
  input file:/etc/passwd;
}
stream cam01 { url test: }
stream ../x { url test:; }
stream c { }
peer s01; peer s01;
server_name a; server_name b;
timing { beat 1s; }
`).map((problem) => problem.replace(/ \(.*\)/, '')),
    [
      '1:1 expected a word of the configuration file, found "sream"; did you mean "stream"?',
      '4:6 expected a port or address:port, like 8080 or 10.0.0.1:8080, found "99999"',
      '4:11 expected ";", found "nats"',
      '7:3 expected a word of a stream block, found "titel"; did you mean "title"?',
      '8:7 expected a duration like 7d or a size like 100G, each at most once, found "7x"',
      '9:9 expected a source URL that begins with rtsp: rtsps: rtmp: rtmps: srt: udp: rtp: http: https: test:, found "file:/etc/passwd"',
      '11:8 expected a stream that line 6 does not have already, found "cam01"',
      '11:25 expected ";", found "}"',
      '12:8 expected segments of letters, digits, "_", "." and "-" joined by "/", found "../x"',
      '13:8 expected a source: "input rtsp://…;" in the block',
      '14:16 expected a peer that line 14 does not name already, found "s01"',
      '15:16 expected "server_name" once, found "server_name"',
      '16:1 expected times that hold together: fence must be at least 2001ms, found 1500ms',
      '16:1 expected times that hold together: fence must be at least 2s, found 1500ms',
      '16:1 expected times that hold together: evict must be at least 2750ms, found 2s',
    ],
  );
});

test('one forgotten brace or semicolon is one error', () => {
  assert.is(problems('stream a { url test:;\nstream b { url test:; }\nstream c { url test:; }').length, 1);
  assert.is(problems('http 8080\nnats nats://h:1;\nstream a {\n title x\n url test:;\n}').length, 2);
});

test('limits: size of the file, number of problems', () => {
  assert.is(parse(' '.repeat(MAX_CONFIG_LENGTH + 1)).problems.length, 1);
  assert.is(parse(';'.repeat(MAX_PROBLEMS + 50)).problems.length, MAX_PROBLEMS);
});

const PIECES = [
  ...[
    'stream',
    'input',
    'url',
    'peer',
    'http',
    'timing',
    'live',
    'dvr',
    'transcoder',
    'cluster_key',
    'edit_auth',
    'title',
  ],
  ...[
    'cam01',
    'rtsp://u:p@h/x',
    'test:',
    '7d',
    '8080',
    'vb=1k',
    '-an',
    'x="',
    '"',
    "'",
    '\\',
    '{',
    '}',
    ';',
    '#',
    '/*',
    '*/',
  ],
  ...[' ', ' ', ' ', '\n', '\r\n', '\t', '\0', '\uFEFF', '😀', '\uD800'],
];

test('any text gives a configuration or problems whose places lie within it', () => {
  const text = fc.oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join('')),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(' ')),
    fc.string({ unit: ANY_CHARACTER }),
  );
  fc.assert(
    fc.property(text, (source) => {
      const { config, problems: found, warnings } = parse(source);
      assert.ok((config === undefined) === found.length > 0);
      const lines = source.split('\n');
      for (const { line, column, source: shown, caret } of [...found, ...warnings]) {
        assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
        assert.ok(column >= 1 && column <= [...(lines[line - 1] ?? '')].length + 1, `column ${column}`);
        assert.ok(caret >= 0 && caret <= shown.length, `caret ${caret} of ${JSON.stringify(shown)}`);
      }
    }),
    { numRuns: 1000 },
  );
});

test(
  'hostile texts of 64 KiB are answered in bounded time',
  () => {
    const size = 1 << 16;
    const repeat = (piece: string) => piece.repeat(Math.ceil(size / piece.length));
    for (const text of [
      repeat('{'),
      repeat('a '),
      repeat('a;'),
      repeat('#\n'),
      repeat('/*'),
      repeat('"\n'),
      repeat('x\n'),
      `url rtsp://${repeat('key')}`,
      `url rtsp://${repeat('a://b:')}`,
      repeat('rtsp://u:p@h '),
      repeat('stream a{url test:;}'),
      `cluster_key ${repeat('x ')}`,
    ]) {
      const began = performance.now();
      const { config, problems: found } = parse(text);
      assert.ok(found.length > 0 || config !== undefined);
      // Generous: the point is that nothing is quadratic, which would take minutes.
      assert.ok(performance.now() - began < 10_000, `${text.slice(0, 20)}: ${performance.now() - began} ms`);
    }
  },
  { deadlineMs: 120_000 },
);

test('the port for direct beats: any port may be named; the default follows from the HTTP port', () => {
  assert.equal(configOf('server_name a; beats 127.0.0.1:0;').beats, { address: '127.0.0.1', port: 0 });
  assert.is(configOf('server_name a;').beats, undefined);
  assert.equal(problems('server_name a; http 0;').length, 1, 'no client could find the port');
  assert.equal(defaultBeats({ port: 8080 }), { port: 9080 });
  assert.equal(defaultBeats({ address: '10.0.0.1', port: 65_000 }), { address: '10.0.0.1', port: 0 });
});

test.run();
