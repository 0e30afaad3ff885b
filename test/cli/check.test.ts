import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { streamherd } from '../support/command-line.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cli/check', { deadlineMs: 60_000 });

const fixture = (name: string) => fileURLToPath(new URL(`../../../test/fixtures/config/${name}`, import.meta.url));

test('a file without problems', async () => {
  const file = fixture('every-word.conf');
  const { code, out, err } = await streamherd(['check', file]);
  assert.equal([code, err], [0, '']);
  assert.is(out, `${file}: no problem (server s01.myhosting.com, 3 peers, 1 stream)`);
});

test('warnings do not make it fail', async () => {
  const { code, err } = await streamherd(['check', fixture('three-peers.conf')]);
  assert.is(code, 0);
  assert.match(err, /warning: .* no "nats"/);
});

test('every problem, with its place; and as JSON', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(file, 'http 0;\nstream cam01 { url file:/x; }\ncluster_key MYSECRET 1;\n');
  const { code, out, err } = await streamherd(['check', file]);
  assert.equal([code, out], [1, '']);
  assert.match(err, /herd\.conf:1:6: expected a port[^\n]*\n {2}http 0;\n {2} {5}\^\n/);
  assert.match(err, /herd\.conf:2:20: expected a source URL/);
  assert.match(err, /herd\.conf: 3 problems$/);
  const json = await streamherd(['check', file, '--json']);
  assert.is(json.code, 1);
  const report = JSON.parse(json.out);
  assert.is(report.ok, false);
  assert.equal(
    report.problems.map(({ line, column }: { line: number; column: number }) => [line, column]),
    [
      [1, 6],
      [2, 20],
      [3, 22],
    ],
  );
  assert.not.ok((err + json.out).includes('MYSECRET'));
});

test('a file that is not there', async () => {
  const { code, err } = await streamherd(['check', '/nonexistent/herd.conf']);
  assert.is(code, 1);
  assert.is(err, '/nonexistent/herd.conf cannot be read: there is no such file');
});

test('run refuses a file with problems, and peers without a NATS that they share', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'herd.conf');
  await writeFile(file, 'htpp 80;');
  const wrong = await streamherd(['run', '-c', file]);
  assert.is(wrong.code, 1);
  assert.match(wrong.err, /did you mean "http"\?/);
  const alone = await streamherd(['run', '-c', fixture('three-peers.conf')]);
  assert.is(alone.code, 1);
  assert.match(alone.err, /names the peer s0\d\.myhosting\.com but no "nats"/);
});

test.run();
