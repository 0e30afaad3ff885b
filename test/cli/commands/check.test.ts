import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { streamherdHere } from '../../support/command-line.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/check', { deadlineMs: 60_000 });

const fixture = (name: string) => fileURLToPath(new URL(`../../../../test/fixtures/config/${name}`, import.meta.url));

test('a file without problems and warnings', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  const peers = 'peer s01 { peer_url http://localhost:8080; } peer s02 { peer_url http://10.0.0.2; }';
  await writeFile(file, `server_name s01; nats nats://localhost:4222; cluster_key h7Qk2vXw9LmT4sPz81Bd; ${peers}`);
  const { code, out, err } = await streamherdHere(['check', file]);
  assert.equal([code, out, err], [0, `${file}: no problem (server s01, 2 peers, 0 streams)`, '']);
});

test('secrets that are easy to guess, or of the sample, are refused; the samples hold no other secrets', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(file, 'cluster_key MYSECRET;\nedit_auth admin hush;\n');
  const weak = await streamherdHere(['check', file]);
  assert.is(weak.code, 1);
  assert.match(weak.err, /herd\.conf:1:13: expected a key of at least 20 characters, found 8/);
  assert.match(weak.err, /herd\.conf:2:17: expected a password of at least 8 characters .*, found "\*\*\*"/);
  assert.match(weak.err, /\n {2}edit_auth admin \*\*\*;\n {2} {16}\^\n/);
  assert.match(weak.err, /herd\.conf: 2 problems$/);
  assert.not.match(weak.err + weak.out, /MYSECRET|hush|no problem/);

  const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
  assert.is((await streamherdHere(['check', join(config, 'single.conf')])).code, 0);
  const three = await streamherdHere(['check', join(config, 'three-servers.conf')]);
  assert.match(three.err, /expected a key of your own/);
  await writeFile(
    file,
    (await readFile(join(config, 'three-servers.conf'), 'utf8')).replace('CHANGE-ME', 'h7Qk2vXw9LmT4sPz81Bd'),
  );
  assert.is((await streamherdHere(['check', file])).code, 0);
});

test('a file that uses every word', async () => {
  const file = fixture('every-word.conf');
  const { code, out, err } = await streamherdHere(['check', file]);
  assert.is(code, 0, err);
  // The names in the examples belong to no host, so they cannot be looked up.
  assert.match(
    err,
    /every-word\.conf:\d+:\d+: warning: the name s0\d\.myhosting\.com cannot be looked up on this machine/,
  );
  assert.match(out, /every-word\.conf: \d warnings \(server s01\.myhosting\.com, 3 peers, 1 stream\)$/);
});

test('warnings do not make the command fail', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(
    file,
    (await readFile(fixture('three-peers.conf'), 'utf8')).replace('MYSECRET', 'h7Qk2vXw9LmT4sPz81Bd'),
  );
  const { code, out, err } = await streamherdHere(['check', file]);
  assert.is(code, 0);
  assert.not.match(out, 'no problem');
  assert.match(err, /warning: .* no "nats"/);
});

test('every problem, with its place; and as JSON', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(file, 'http 0;\nstream cam01 { url file:/x; }\ncluster_key MYSECRET 1;\n');
  const { code, out, err } = await streamherdHere(['check', file]);
  assert.equal([code, out], [1, '']);
  assert.match(err, /herd\.conf:1:6: expected a port[^\n]*\n {2}http 0;\n {2} {5}\^\n/);
  assert.match(err, /herd\.conf:2:20: expected a source URL/);
  assert.match(err, /herd\.conf: 4 problems$/);
  const json = await streamherdHere(['check', file, '--json']);
  assert.is(json.code, 1);
  const report = JSON.parse(json.out);
  assert.is(report.ok, false);
  assert.equal(
    report.problems.map(({ line, column }: { line: number; column: number }) => [line, column]),
    [
      [1, 6],
      [2, 20],
      [3, 22],
      [3, 13],
    ],
  );
  assert.not.ok((err + json.out).includes('MYSECRET'));
});

test('a file that is not there', async () => {
  const { code, err } = await streamherdHere(['check', '/nonexistent/herd.conf']);
  assert.is(code, 1);
  assert.is(err, '/nonexistent/herd.conf cannot be read: there is no such file or folder');
});

test.run();
