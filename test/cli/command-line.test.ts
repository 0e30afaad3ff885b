import * as assert from 'uvu/assert';
import { COMMANDS } from '../../src/cli/command-list.ts';
import { streamherdHere } from '../support/command-line.ts';
import { streamherd } from '../support/command-line-process.ts';
import { suite } from '../support/suite.ts';

const test = suite('cli/command-line', { deadlineMs: 60_000 });

const MISUSES: readonly (readonly [readonly string[], string])[] = [
  [[], 'streamherd: a command is missing; "streamherd --help" lists them'],
  [['wher', 'cam01'], 'streamherd: unknown command "wher"; did you mean "where"?'],
  [
    ['xyzzy'],
    'streamherd: unknown command "xyzzy"; known are run, demo, check, doctor, hash-password, play-token, discover, apply, streams, test-source, servers, where, drain,',
  ],
  [['streams', 'sow'], 'streamherd: unknown command of "streams" "sow"; did you mean "show"?'],
  [['streams', '--jsno'], 'streamherd: unknown option "--jsno"; did you mean "--json"?'],
  [['check', '-x'], 'streamherd: unknown option "-x"; known are --config, --json, --help'],
  [['where'], 'streamherd: STREAM is missing; see "streamherd where --help"'],
  [['where', 'a', 'b'], 'streamherd: "b" is one argument too many; see "streamherd where --help"'],
  [['where', '../etc'], 'streamherd: "../etc" is no name of a stream: expected segments'],
  [['drain', 'a b'], 'streamherd: "a b" is no name of a server: expected a server name'],
  [['move', 'cam01'], 'streamherd: SERVER is missing; see "streamherd move --help"'],
  [['what-if'], 'streamherd: --without SERVER is missing'],
  [['what-if', '--without'], 'streamherd: --without needs a value: --without SERVER'],
  [['what-if', '--without', '--json'], 'streamherd: --without needs a value: --without SERVER'],
  [['streams', '--json=yes'], 'streamherd: --json takes no value'],
  [['streams', '--url', 'ftp://x'], 'streamherd: the URL of the server should look like'],
  [['events', '--since', 'yesterday'], 'streamherd: --since yesterday: expected a duration'],
  [['help', 'wher'], 'streamherd: unknown command "wher"; did you mean "where"?'],
];

test('a wrong command line exits 2, says what is wrong and the nearest known word', async () => {
  for (const [argv, expected] of MISUSES) {
    const { code, out, err } = await streamherdHere(argv);
    assert.is(code, 2, `${argv.join(' ')}: ${err}`);
    assert.ok(err.startsWith(expected), `${argv.join(' ')}: ${err}`);
    assert.is(out, '');
  }
});

test('the help lists every command, and every command has help with an example', async () => {
  const { code, out } = await streamherdHere(['--help']);
  assert.is(code, 0);
  for (const { name, summary } of COMMANDS) assert.ok(out.includes(name) && out.includes(summary), name);
  for (const argv of [
    ['where', '--help'],
    ['streams', 'put', '-h'],
    ['help', 'streams', 'put'],
    ['demo', '--help'],
  ]) {
    const help = await streamherdHere(argv);
    assert.is(help.code, 0);
    assert.match(help.out, /^Usage: streamherd /);
    assert.match(help.out, /Example:\n {2}\$ streamherd \w/);
  }
});

test('the example of every command is one of its command lines', () => {
  for (const { name, example } of COMMANDS) assert.ok(example === name || example.startsWith(`${name} `), name);
});

test('the process says the same', async () => {
  const { code, out, err } = await streamherd(['wher', 'cam01']);
  assert.equal(
    { code, out, err },
    { code: 2, out: '', err: 'streamherd: unknown command "wher"; did you mean "where"?' },
  );
});

test('the version', async () => {
  const { code, out } = await streamherd(['--version']);
  assert.is(code, 0);
  assert.match(out, /^\d+\.\d+\.\d+$/);
});

test.run();
