import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import type { ServerStatus, StreamStatus } from '../../src/domain/status.ts';
import { streamherdHere } from '../support/command-line.ts';
import { streamherd } from '../support/command-line-process.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/lone-server', { deadlineMs: 140_000 });
const START = { deadlineMs: 25_000, everyMs: 50 };

const CAMERAS = ['cam1', 'cam2', 'cam3'];

test('a lone server that is killed comes back, with its nats-server, its socket and its drain; it leaves when it is told to', async () => {
  await using folder = await tempFolder();
  const [port] = await freePorts(1);
  const configFile = join(folder.path, 'lone.conf');
  const settings = [
    ...[`server_name s1;`, `http 127.0.0.1:${port};`, `data_dir "${join(folder.path, 'data')}";`, 'cluster_key key;'],
    ...['stream_metrics 1;', ...CAMERAS.map((name) => `stream ${name} { input test:; }`)],
  ];
  await writeFile(configFile, settings.join('\n'));
  const ends: string[] = [];
  const server = new ServerProcess({ configFile, onEnd: (how) => ends.push(how) });
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${url}/readyz`)).ok;
  const shell = async (line: string, input = '') => {
    const argv = [...line.split(' '), '-c', configFile];
    return input === '' ? streamherdHere(argv) : streamherd(argv, { input });
  };
  const json = async <Answer>(line: string) => JSON.parse((await shell(`${line} --json`)).out) as Answer;
  const states = async () => {
    const { streams } = await json<{ streams: StreamStatus[] }>('streams');
    return CAMERAS.map((name) => streams.find((stream) => stream.name === name)?.state).join();
  };
  server.start();
  try {
    await eventually('it is ready', isReady, START);
    await eventually('it captures', async () => (await states()) === 'live,live,live', START);
    const metrics = await eventually('a stream has metrics', async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text.includes('streamherd_stream_last_segment_age_seconds{') && text;
    });
    assert.equal([...new Set(metrics.match(/stream="[^"]*"/g))], ['stream="cam1"'], 'and no other');

    const nice = server.pids.map((pid) => programOf(pid));
    const control = nice.find(({ pid }) => pid === server.serverPid)?.nice ?? Number.NaN;
    assert.ok(control === -10 || control === getPriority(), `${control}: first, where that is permitted`);
    const captures = nice.filter(({ name }) => name === 'ffmpeg');
    assert.ok(captures.length >= CAMERAS.length && captures.every(({ nice }) => nice === 10), 'captures come last');

    const drained = await shell('drain s1 --wait --timeout 1s');
    assert.is(drained.code, 1, 'it keeps what no other server may take');
    assert.match(drained.err, /^s1 is not drained yet: it still has cam1 \(there is no server that may take it/);
    const pid = server.serverPid ?? 0;
    const killedAt = new Date().toISOString();
    process.kill(pid, 'SIGKILL');
    await eventually('another one is ready', async () => server.serverPid !== pid && (await isReady()), START);
    const isDrained = async () => {
      const { servers } = await json<{ servers: ServerStatus[] }>('servers');
      return servers[0]?.state === 'drained';
    };
    await eventually('the server is still drained', isDrained, START);
    const nowhere = 'there is no server that may take it: s1 is draining';
    await eventually('it has planned', async () => (await shell('where cam1')).err.includes(nowhere));
    assert.is(await states(), 'idle,idle,idle');

    const put = await shell('streams put cam01', '{"url": "test:", "disabled": true}');
    assert.equal([put.code, put.out], [0, 'cam01 is published'], put.err);
    const events = await shell('events');
    assert.match(events.out, /operator-acted +cam01 +it is defined \(\S* ?(?:by )?the local socket\)/);
    const refused = await streamherdHere(['streams', 'rm', 'cam01', '--url', url]);
    assert.match(refused.err, 'changes over TCP need edit_auth');
    assert.match(
      (await shell('streams rm cam3')).out,
      '; the file of s1 brings it back at the next start or SIGHUP there',
    );
    server.kill('SIGTERM');
    assert.is(await eventually('it leaves', () => ends[0]), 'exit code 0');
    assert.equal(server.pids, []);

    server.start();
    await eventually(
      'the server is still drained, and its file has brought cam3 back',
      async () => {
        return (await isReady()) && (await isDrained()) && (await states()) === 'idle,idle,idle';
      },
      START,
    );
    const claimed = (await shell(`events --since ${killedAt}`)).out.match(/stream-claimed/g);
    assert.is(claimed, null, 'neither of the two has claimed anything');
    assert.is((await shell('undrain s1')).code, 0);
    await eventually('it captures again', async () => (await states()) === 'live,live,live', START);
  } catch (error) {
    console.error(server.log.join('\n'));
    throw error;
  } finally {
    await server.killAll();
  }
});

/** As in /proc/<pid>/stat: the 2nd and 19th field. */
function programOf(pid: number): { readonly pid: number; readonly name: string; readonly nice: number } {
  const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').trim()) ?? [];
  return { pid, name, nice: Number(rest.split(' ')[16]) };
}

test.run();
