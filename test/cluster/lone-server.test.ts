import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { streamherd } from '../support/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/lone-server', { deadlineMs: 60_000 });
const START = { deadlineMs: 25_000, everyMs: 50 };

test('a lone server that is killed comes back with a nats-server of its own and the socket of its command line, and leaves when it is told', async () => {
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
    const put = await streamherd(['streams', 'put', 'cam01', '-c', configFile], {
      input: '{"url": "test:", "disabled": true}',
    });
    assert.equal([put.code, put.out], [0, 'cam01 is published'], put.err);
    const events = await streamherd(['events', '-c', configFile]);
    assert.match(events.out, /operator-acted +cam01 +it is defined \(\S* ?(?:by )?the local socket\)/);
    const refused = await streamherd(['streams', 'rm', 'cam01', '--url', `http://127.0.0.1:${port}`]);
    assert.match(refused.err, 'changes over TCP need edit_auth');
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
