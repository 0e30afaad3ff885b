import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { freePorts } from '../../../src/demo/free-ports.ts';
import { ServerProcess } from '../../../src/demo/server-process.ts';
import { lockFolder } from '../../../src/host/disk/folder-lock.ts';
import { streamherd } from '../../support/command-line-process.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('cli/commands/run', { deadlineMs: 40_000 });
const SECRET = 'key-that-stays-secret';

/** The NATS of this configuration does not exist, so the server waits for it. */
async function configIn(folder: string): Promise<string> {
  const [port = 0, nowhere = 0] = await freePorts(2);
  const file = join(folder, 'test.conf');
  const lines = [
    ...[`server_name s1;`, `http 127.0.0.1:${port};`, `nats nats://127.0.0.1:${nowhere};`],
    ...[`data_dir "${join(folder, 'data')}";`, `cluster_key ${SECRET};`],
  ];
  await writeFile(file, lines.join('\n'));
  return file;
}

test('a bad configuration is told once, and no server is started again for it', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'bad.conf');
  await writeFile(file, 'server_nmae s1;\n');
  const { code, err } = await streamherd(['run', '-c', file]);
  assert.is(code, 1);
  assert.is(err.match(/did you mean "?server_name/g)?.length, 1, err);
  assert.is(err.match(/started the server process/g)?.length, 1);
});

test('peers without a NATS that they share are refused', async () => {
  const file = fileURLToPath(new URL('../../../../test/fixtures/config/three-peers.conf', import.meta.url));
  const { code, err } = await streamherd(['run', '-c', file]);
  assert.is(code, 1);
  assert.match(err, /names the peer s0\d\.myhosting\.com but no "nats"/);
});

test('a data folder that another process holds is refused, and nothing in it is touched', async () => {
  await using folder = await tempFolder();
  const file = await configIn(folder.path);
  await using _lock = await lockFolder(join(folder.path, 'data'));
  const { code, err } = await streamherd(['run', '-c', file]);
  assert.is(code, 1);
  assert.match(err, 'another streamherd of this machine is running on the folder');
  assert.is(err.match(/started the server process/g)?.length, 1);
  assert.not.match(err, /^ +at /m);
});

test('a server that waits for its bus ends by SIGTERM with exit code 0; no process ever shows the cluster key', async () => {
  await using folder = await tempFolder();
  const ends: string[] = [];
  const server = new ServerProcess({ configFile: await configIn(folder.path), onEnd: (how) => ends.push(how) });
  server.start();
  try {
    await eventually('it waits for its bus', () => server.log.some((line) => line.includes('no NATS server at')));
    assert.ok(server.serverPid !== undefined && server.serverPid !== server.pid);
    for (const pid of server.pids) {
      const shown = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join();
      assert.not(shown.includes(SECRET));
    }
    server.kill('SIGTERM');
    assert.is(await eventually('it ends', () => ends[0]), 'exit code 0');
    assert.equal(server.pids, []);
    assert.not(server.log.join('\n').includes(SECRET));
  } finally {
    await server.killAll();
  }
});

test.run();
