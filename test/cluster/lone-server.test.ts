import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/lone-server', { deadlineMs: 60_000 });
const START = { deadlineMs: 25_000, everyMs: 50 };

test('a lone server that is killed comes back with a nats-server of its own, and leaves when it is told', async () => {
  await using folder = await tempFolder();
  const [port] = await freePorts(1);
  const configFile = join(folder.path, 'lone.conf');
  await writeFile(
    configFile,
    `server_name s1;\nhttp 127.0.0.1:${port};\ndata_dir "${join(folder.path, 'data')}";\ncluster_key key;\n`,
  );
  const ends: string[] = [];
  const server = new ServerProcess({ configFile, onEnd: (how) => ends.push(how) });
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  server.start();
  try {
    await eventually('it is ready', isReady, START);
    const pid = server.serverPid ?? 0;
    process.kill(pid, 'SIGKILL');
    await eventually('another one is ready', async () => server.serverPid !== pid && (await isReady()), START);
    server.kill('SIGTERM');
    assert.is(await eventually('it leaves', () => ends[0]), 'exit code 0');
    assert.equal(server.pids, []);
  } catch (error) {
    console.error(server.log.join('\n'));
    throw error;
  } finally {
    await server.killAll();
  }
});

test.run();
