import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import * as assert from 'uvu/assert';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { natsServerBinary } from '../../src/nats/own-server/nats-server-binary.ts';
import { eventually } from '../support/eventually.ts';
import { sideBySide } from '../support/side-by-side.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = sideBySide('nats/nats-server-conf', { deadlineMs: 60_000, atOnce: 2 });
const CONF = fileURLToPath(new URL('../../../nats-server.conf', import.meta.url));
const KEY = 'h7Qk2vXw9LmT4sPz81Bd';
const README = fileURLToPath(new URL('../../../README.md', import.meta.url));
const NO_SERVER = '127.0.0.1:1';

interface Node extends AsyncDisposable {
  readonly clients: string;
  readonly servers: string;
  log(): string;
}

/** Runs `command`, a nats-server, in a folder of its own, until it accepts clients. @throws Error with its log when it ends before. */
async function startNode(folder: string, command: string, env: Record<string, string>): Promise<Node> {
  await mkdir(folder, { recursive: true });
  const child = spawn(
    'sh',
    ['-c', command.replace('nats-server -c', `exec nats-server --ports_file_dir '${folder}' -c`)],
    {
      cwd: folder,
      env: { PATH: `${dirname(natsServerBinary())}:${process.env.PATH}`, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const stop = () => stopped(child);
  try {
    const ports = await eventually(`nats-server is up: ${folder}`, async () => {
      if (child.exitCode !== null) return 'ended';
      const file = (await readdir(folder)).find((name) => name.endsWith('.ports'));
      const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
      return /"nats:\/\/([^"]+)".*"cluster":\["nats:\/\/([^"]+)"/.exec(text) ?? undefined;
    });
    if (ports === 'ended') throw new Error(log);
    return { clients: ports[1] ?? '', servers: ports[2] ?? '', log: () => log, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill('SIGKILL');
  await end;
}

/** The file in a folder of its own, with addresses of the test's. */
async function confIn(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const text = await readFile(CONF, 'utf8');
  const edited = text.replace(/^(CLIENTS|SERVERS|MONITOR): .*$/gm, '$1: "127.0.0.1:-1"');
  assert.is(edited.match(/"127\.0\.0\.1:-1"/g)?.length, 3);
  await writeFile(join(folder, 'nats-server.conf'), edited);
  return folder;
}

/** The commands of README, with another key, other names and another address of the first node. */
async function commandsOfReadme(name: string, first: string, key: string): Promise<string> {
  const [, block = ''] =
    /```sh\n((?:(?!```)[\s\S])*STREAMHERD_NATS_ROUTES(?:(?!```)[\s\S])*)```/.exec(await readFile(README, 'utf8')) ?? [];
  assert.match(block, /^ *nats-server -c nats-server\.conf$/m);
  return block
    .replace(/(STREAMHERD_CLUSTER_KEY=)\S+/, `$1${key}`)
    .replace(/(STREAMHERD_NATS_NAME=)\S+/, `$1${name}`)
    .replace('10.0.0.1:6222', first)
    .replace(/10\.0\.0\.[23]:6222/g, NO_SERVER);
}

async function startMember(folder: string, name: string, first: string, key = KEY): Promise<Node> {
  return startNode(await confIn(join(folder, name)), await commandsOfReadme(name, first, key), {});
}

const CLUSTER_KEY = { STREAMHERD_CLUSTER_KEY: KEY, STREAMHERD_NATS_NAME: 'n1', STREAMHERD_NATS_ROUTES: '[]' };

test('the error names the variable that is missing', async () => {
  await using folder = await tempFolder();
  await confIn(folder.path);
  for (const missing of Object.keys(CLUSTER_KEY)) {
    const env = Object.fromEntries(Object.entries(CLUSTER_KEY).filter(([name]) => name !== missing));
    const failure = await startNode(folder.path, 'nats-server -c nats-server.conf', env).catch(String);
    assert.match(String(failure), missing);
  }
});

test('three nodes started by the commands of README are a cluster with replicated buckets; a node with another key is refused', async () => {
  await using folder = await tempFolder();
  await using n1 = await startMember(folder.path, 'n1', NO_SERVER);
  await using n2 = await startMember(folder.path, 'n2', n1.servers);
  await using _n3 = await startMember(folder.path, 'n3', n1.servers);
  await using bus = await connectBus({
    servers: [`nats://${n2.clients}`],
    token: KEY,
    name: 's01',
    onStatus: () => {},
  });
  assert.is(bus.connection.info?.server_name, 'n2');
  const kvm = new Kvm(jetstream(bus.connection, { timeout: 2000 }));
  const bucket = await eventually('a replicated bucket', () => kvm.create('streams', { replicas: 3 }), {
    deadlineMs: 40_000,
  });
  assert.is(await bucket.put('cam01', 'x'), 1);
  assert.ok((await readdir(join(folder.path, 'n1'))).includes('nats-data'));

  await using _n4 = await startMember(folder.path, 'n4', n1.servers, 'hwrong');
  await eventually('the refusal', () => n1.log().includes('authentication error'));
});

test.run();
