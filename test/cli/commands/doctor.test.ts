import { once } from 'node:events';
import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import { freePorts } from '../../../src/demo/free-ports.ts';
import type { CheckResult } from '../../../src/doctor/check.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { streamherd } from '../../support/command-line-process.ts';
import { sideBySide } from '../../support/side-by-side.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = sideBySide('cli/commands/doctor', { deadlineMs: 60_000, atOnce: 2 });

const KEY = 'h7Qk2vXw9LmT4sPz81Bd';

/** What the doctor says of a server's file. */
async function examined(lines: readonly string[], folder: string, env: Record<string, string> = {}) {
  const file = join(folder, 'herd.conf');
  await writeFile(file, lines.join('\n'));
  const { code, out, err } = await streamherd(['doctor', '--json', '-c', file], { env });
  assert.is(err, '');
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: CheckResult[] };
  assert.is(ok, code === 0);
  const whyOf = (name: string) => {
    const wrong = checks.filter((check) => check.name === name && check.level !== 'ok');
    return wrong.map(({ level, why }) => `${level}: ${why}`).join('; ');
  };
  return { code, checks, whyOf };
}

test('before the first start: a machine on which a server will run, and nothing is left behind', async () => {
  await using folder = await tempFolder();
  const [http = 0, beats = 0] = await freePorts(2);
  const file = join(folder.path, 'herd.conf');
  const lines = [
    `http 127.0.0.1:${http};`,
    `beats 127.0.0.1:${beats};`,
    `cluster_key ${KEY};`,
    'server_name localhost;',
  ];
  await writeFile(file, [...lines, `data_dir "${folder.path}/new/data";`].join('\n'));
  const { code, out, err } = await streamherd(['doctor', '-c', file], { env: { HOME: folder.path } });
  assert.equal([code, err], [0, ''], out);
  for (const line of [
    /^ok +node +Node \d+/m,
    /^ok +programs +ffmpeg, setpriv and nice do/m,
    /^ok +nats-server +this server starts its own: \S+nats-server$/m,
    /^ok +data_dir +\S+data will be made$/m,
    /^ok +archive +\S+data\/archive will be made$/m,
    /^ok +http port +127\.0\.0\.1:\d+ can be listened on$/m,
    /^ok +beats port +127\.0\.0\.1:\d+ can be listened on$/m,
  ]) {
    assert.match(out, line);
  }
  assert.equal(await readdir(folder.path), ['herd.conf']);
});

test('each fault that would keep a server from its work is found, with its name', async () => {
  await using folder = await tempFolder();
  await using other = createServer((socket) => socket.destroy());
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const address = other.address();
  const taken = typeof address === 'object' ? address?.port : 0;
  const [nowhere] = await freePorts(1);
  const file = join(folder.path, 'a-file');
  await writeFile(file, '');
  const lines = [
    ...['server_name s01;', `http 127.0.0.1:${taken};`, 'beats 203.0.113.7:9080;', `cluster_key ${KEY};`],
    ...[`data_dir "${file}/data";`, 'peer s02 { public_url http://absent.invalid; }'],
    `nats nats://127.0.0.1:${nowhere};`,
  ];
  const { code, whyOf } = await examined(lines, folder.path, { STREAMHERD_FFMPEG: '/nowhere/ffmpeg' });
  assert.is(code, 1);
  assert.match(whyOf('programs'), '/nowhere/ffmpeg does not work: there is no such program');
  assert.match(whyOf('data_dir'), `cannot be made: nothing may be written in ${file}`);
  assert.match(whyOf('http port'), /^failure: 127\.0\.0\.1:\d+ is in use by another program$/);
  assert.match(whyOf('beats port'), '203.0.113.7:9080 cannot be listened on: this machine has no such address');
  assert.match(whyOf('names'), 'warning: the name absent.invalid cannot be looked up');
  for (const name of ['nats', 'herd']) assert.match(whyOf(name), `no NATS server at 127.0.0.1:${nowhere}`);
});

test('root is told of a folder of the archive that the user of the server may not be able to write', async () => {
  await using folder = await tempFolder();
  const [dataDir, recordings] = [join(folder.path, 'data'), join(folder.path, 'recordings')];
  for (const path of [dataDir, recordings]) await mkdir(path);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(dataDir, 4321, 4321);
  const lines = [`data_dir "${dataDir}";`, `archive "${recordings}";`];
  const { whyOf } = await examined(lines, folder.path);
  const why = `warning: ${recordings} belongs to the user 0, and data_dir to the user 4321, which the server runs as and may not be able to write there`;
  assert.is(whyOf('archive'), isRoot ? why : '');
});

test('folders of the archive that are another server’s, not empty, or not mounted are failures', async () => {
  await using folder = await tempFolder();
  const [http, beats] = await freePorts(2);
  const root = (name: string) => join(folder.path, name);
  const [others, full, unmounted] = [root('others'), root('full'), root('unmounted')];
  for (const path of [others, full, unmounted]) await mkdir(path);
  await writeFile(join(others, IDENTITY_FILE), JSON.stringify({ v: 1, id: 'id-of-a-root', server: 's02' }));
  await writeFile(join(full, 'letters.txt'), '');
  await writeFile(
    join(folder.path, 'archive-roots.json'),
    JSON.stringify({ v: 1, roots: { [unmounted]: 'id-of-a-root' } }),
  );
  const lines = [
    ...['server_name s01;', `http 127.0.0.1:${http};`, `beats 127.0.0.1:${beats};`, `cluster_key ${KEY};`],
    ...[`data_dir "${folder.path}";`, `archive "${others}"; archive "${full}"; archive "${unmounted}";`],
  ];
  const { code, whyOf } = await examined(lines, folder.path);
  assert.is(code, 1);
  assert.match(whyOf('archive'), `failure: ${others}: it is the archive of the server s02`);
  assert.match(whyOf('archive'), `failure: ${full}: it has no ${IDENTITY_FILE} and is not empty: it has "letters.txt"`);
  assert.match(whyOf('archive'), `failure: ${unmounted}: it has no ${IDENTITY_FILE}: its disk is not mounted`);
  assert.equal((await readdir(full)).length, 1, 'nothing is written there');
});

test('a file with problems, or with secrets that are easy to guess, is a failure; no secret is shown', async () => {
  await using folder = await tempFolder();
  const bad = await examined(['server_nmae s01;'], folder.path);
  assert.equal([bad.code, bad.checks.length], [1, 1]);
  assert.match(bad.whyOf('configuration'), /herd\.conf:1:1: expected .*did you mean "server_name"\?$/);
  const [port] = await freePorts(1);
  const weak = await examined(
    [`http 127.0.0.1:${port};`, 'cluster_key MYSECRET;', `data_dir "${folder.path}";`],
    folder.path,
  );
  assert.is(weak.code, 1);
  assert.match(weak.whyOf('configuration'), 'expected a key of at least 20 characters');
  assert.not.match(JSON.stringify(weak.checks), 'MYSECRET');
  assert.ok(weak.checks.length > 5, 'the rest is tried all the same');
});

test('a file that cannot be read is a failure like any other', async () => {
  await using folder = await tempFolder();
  const { code, out, err } = await streamherdHere(['doctor', '--json', '-c', folder.path]);
  assert.equal([code, err], [1, '']);
  const why = `${folder.path} cannot be read: it is a folder`;
  assert.equal(JSON.parse(out).checks, [{ name: 'configuration', level: 'failure', why }]);
});

test.run();
