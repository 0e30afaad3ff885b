import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect } from 'nats';
import * as assert from 'uvu/assert';
import { natsServerBinary } from '../../src/nats/nats-server-binary.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('nats/nats-server-conf', { deadlineMs: 60_000 });
const CONF = fileURLToPath(new URL('../../../nats-server.conf', import.meta.url));
const KEY = 'h7Qk2vXw9LmT4sPz81Bd';
const NOBODY = 'nats-route://127.0.0.1:1';

interface Node extends AsyncDisposable {
  readonly clients: string;
  readonly servers: string;
  log(): string;
}

/** A nats-server in a folder of its own, on free ports, once it accepts clients. */
async function startNode(folder: string, args: readonly string[], env: Record<string, string>): Promise<Node> {
  await mkdir(folder, { recursive: true });
  const child = spawn(natsServerBinary(), ['--ports_file_dir', folder, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const stop = () => stopped(child);
  try {
    const ports = await eventually(`nats-server is up: ${args}`, async () => {
      if (child.exitCode !== null) throw new Error(log);
      const file = (await readdir(folder)).find((name) => name.endsWith('.ports'));
      const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8');
      return /"nats:\/\/([^"]+)".*"cluster":\["nats:\/\/([^"]+)"/.exec(text) ?? undefined;
    });
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

/** The file as an operator edits it who lets every value that differs come from the environment. */
async function fromEnvironment(folder: string): Promise<string> {
  const text = await readFile(CONF, 'utf8');
  const edited = text
    .replace(/^ROUTES: \[[^\]]*\]/m, 'ROUTES: $T_ROUTES')
    .replace(/^(NAME|CLIENTS|SERVERS|MONITOR|STORE): .*$/gm, '$1: $$T_$1');
  assert.is(edited.match(/: \$T_/g)?.length, 6);
  const file = join(folder, 'nats-server.conf');
  await writeFile(file, edited);
  return file;
}

function startMember(folder: string, conf: string, name: string, route: string, key = KEY): Promise<Node> {
  return startNode(join(folder, name), ['--config', conf], {
    STREAMHERD_CLUSTER_KEY: key,
    T_NAME: name,
    T_CLIENTS: '"127.0.0.1:-1"',
    T_SERVERS: '"127.0.0.1:-1"',
    T_MONITOR: '"127.0.0.1:-1"',
    T_STORE: 'data',
    T_ROUTES: `["${route}"]`,
  });
}

test('starts as it is with nothing but the key, as the first of three', async () => {
  await using folder = await tempFolder();
  // Only the ports are the test's.
  const ports = ['--addr', '127.0.0.1', '--port', '-1', '--http_port', '-1', '--cluster_listen', 'nats://127.0.0.1:-1'];
  await using node = await startNode(folder.path, ['--config', CONF, ...ports], { STREAMHERD_CLUSTER_KEY: KEY });
  const connection = await connect({ servers: node.clients, token: KEY });
  assert.is(connection.info?.server_name, 'n1');
  assert.is(connection.info?.jetstream, true);
  await connection.close();
  let refusal: unknown;
  await connect({ servers: node.clients, token: 'wrong', reconnect: false }).catch((error: unknown) => {
    refusal = error;
  });
  assert.match(String(refusal), /authorization/i);
  assert.ok((await readdir(folder.path)).includes('nats-data'));
});

test('without the key it names the variable that is missing', async () => {
  await using folder = await tempFolder();
  const failure = await startNode(folder.path, ['--config', CONF], {}).catch((error: unknown) => String(error));
  assert.match(String(failure), /STREAMHERD_CLUSTER_KEY/);
});

test('three of it are a cluster that keeps replicated buckets; one with another key is not let in', async () => {
  await using folder = await tempFolder();
  const conf = await fromEnvironment(folder.path);
  await using n1 = await startMember(folder.path, conf, 'n1', NOBODY);
  const route = `nats-route://herd:${KEY}@${n1.servers}`;
  await using n2 = await startMember(folder.path, conf, 'n2', route);
  await using _n3 = await startMember(folder.path, conf, 'n3', route);
  const connection = await connect({ servers: n2.clients, token: KEY });
  const kvm = new Kvm(jetstream(connection, { timeout: 2000 }));
  const bucket = await eventually('a replicated bucket', () => kvm.create('streams', { replicas: 3 }), {
    deadlineMs: 40_000,
  });
  assert.is(await bucket.put('cam01', 'x'), 1);
  await connection.close();

  const intruder = `nats-route://herd:wrong@${n1.servers}`;
  await using _n4 = await startMember(folder.path, conf, 'n4', intruder, 'wrong');
  await eventually('the refusal', () => n1.log().includes('authentication error'));
});

test.run();
