import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kvm } from '@nats-io/kv';
import { connect } from 'nats';
import * as assert from 'uvu/assert';
import { natsServerBinary } from '../../../src/nats/own-server/nats-server-binary.ts';
import { readOwnNatsConnection, startOwnNatsServer } from '../../../src/nats/own-server/own-nats-server.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('nats/own-server/own-nats-server');
const binary = natsServerBinary();
/** Starts an own nats-server in the folder that is its argument and prints its pid. */
const HOLDER = fileURLToPath(new URL('../../fixtures/own-nats-holder.js', import.meta.url));

/** A zombie, which may wait for its reaper, has no command line any more. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch {
    return false;
  }
}

async function start(dataDir: string, clusterKey?: string) {
  const lines: string[] = [];
  const server = await startOwnNatsServer({ binary, dataDir, clusterKey, log: ({ text }) => lines.push(text) });
  return Object.assign(server, { lines });
}

async function bucketOf({ url, token }: { readonly url: string; readonly token: string }) {
  const connection = await connect({ servers: url, token, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
  const bucket = await new Kvm(connection).create('streams');
  return { bucket, connection, [Symbol.asyncDispose]: () => connection.close() };
}

test('serves JetStream on loopback to clients with the token, and to no others', async () => {
  await using folder = await tempFolder();
  await using server = await start(folder.path);
  assert.match(server.url, /^nats:\/\/127\.0\.0\.1:\d+$/);
  await using own = await bucketOf(server);
  assert.is(await own.bucket.put('cam01', 'x'), 1);
  for (const token of ['', 'wrong']) {
    let refusal: unknown;
    await connect({ servers: server.url, token, reconnect: false }).catch((error: unknown) => {
      refusal = error;
    });
    assert.match(String(refusal), /authorization/i);
  }
});

test('takes the cluster key as its token, whatever characters it holds, and shows it nowhere', async () => {
  await using folder = await tempFolder();
  const key = '0123 a"b\\c$d #e';
  await using server = await start(folder.path, key);
  assert.is(server.token, key);
  await using own = await bucketOf(server);
  await own.bucket.put('cam01', 'x');
  assert.not.ok(server.lines.some((line) => line.includes(key)));
  for (const file of ['nats-server.conf', 'connection.json']) {
    assert.is((await stat(join(folder.path, 'nats', file))).mode & 0o777, 0o600, file);
  }
});

test('tells the command line on the same host how to connect, as long as it runs', async () => {
  await using folder = await tempFolder();
  assert.is(await readOwnNatsConnection(folder.path), undefined);
  const server = await start(folder.path);
  const connection = await readOwnNatsConnection(folder.path);
  assert.equal(connection, { url: server.url, token: server.token });
  await server.stop();
  assert.is(await readOwnNatsConnection(folder.path), undefined);
  assert.is(server.pid, undefined);
});

test('is started again after kill -9, with its port, its token and its data; connected clients go on', async () => {
  await using folder = await tempFolder();
  await using server = await start(folder.path);
  await using own = await bucketOf(server);
  await own.bucket.put('cam01', 'kept');
  const { url, pid } = server;
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  const entry = await eventually('the bucket answers again', async () =>
    server.pid === pid ? undefined : ((await own.bucket.get('cam01')) ?? undefined),
  );
  assert.is(entry.string(), 'kept');
  assert.is(entry.revision, 1);
  assert.is(server.url, url);
  assert.ok(server.lines.some((line) => line.startsWith('it ended (SIGKILL)')));
});

test('dies with a streamherd that is killed, and the next one starts in its place', async () => {
  await using folder = await tempFolder();
  const holder = spawn(process.execPath, [HOLDER, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(holder.stdout.setEncoding('utf8'), 'data');
  const pid = Number(line);
  assert.ok(isAlive(pid));
  holder.kill('SIGKILL');
  await using server = await start(folder.path);
  assert.not.ok(isAlive(pid));
  assert.is.not(server.pid, pid);
});

test('keeps its data over a stop and another start', async () => {
  await using folder = await tempFolder();
  {
    await using server = await start(folder.path);
    await using own = await bucketOf(server);
    await own.bucket.put('cam01', 'kept');
  }
  await using server = await start(folder.path);
  await using own = await bucketOf(server);
  assert.is((await own.bucket.get('cam01'))?.string(), 'kept');
});

test('a second nats-server in the same data folder is refused, and the first goes on', async () => {
  await using folder = await tempFolder();
  await using first = await start(folder.path);
  let refusal: unknown;
  await start(folder.path).catch((error: unknown) => {
    refusal = error;
  });
  assert.match(String(refusal), /another nats-server runs in the same data folder/);
  assert.ok(String(refusal).includes(folder.path));
  assert.equal(await readOwnNatsConnection(folder.path), { url: first.url, token: first.token });
  await using own = await bucketOf(first);
  assert.is(await own.bucket.put('cam01', 'x'), 1);
});

test('a start that fails says what nats-server said', async () => {
  await using folder = await tempFolder();
  const broken = join(folder.path, 'nats-server');
  await writeFile(broken, '#!/bin/sh\necho "it is Monday" >&2\nexit 3\n', { mode: 0o755 });
  let failure: unknown;
  await startOwnNatsServer({ binary: broken, dataDir: folder.path, log: () => undefined }).catch((error: unknown) => {
    failure = error;
  });
  assert.match(String(failure), /did not start \(exit code 3\): it is Monday/);
});

test('a missing binary is a clear failure too', async () => {
  await using folder = await tempFolder();
  let failure: unknown;
  await startOwnNatsServer({ binary: join(folder.path, 'none'), dataDir: folder.path, log: () => undefined }).catch(
    (error: unknown) => {
      failure = error;
    },
  );
  assert.match(String(failure), /did not start/);
});

test.run();
