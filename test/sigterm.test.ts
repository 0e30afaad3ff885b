import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { freePorts } from '../src/demo/free-ports.ts';
import { ServerProcess } from '../src/demo/server-process.ts';
import { eventually } from './support/eventually.ts';
import { HangingDisk } from './support/hanging-disk.ts';
import { startNatsCluster, startNatsServer } from './support/nats-server.ts';
import { sideBySide } from './support/side-by-side.ts';
import { tempFolder } from './support/temp-folder.ts';

const test = sideBySide('sigterm', { atOnce: 3, deadlineMs: 60_000 });
/** The promise, in every state of a server that cannot hand anything back. */
const GONE_WITHIN_MS = 10_000;
const NOWHERE = 'nats://127.0.0.1:1';
/** Ends by SIGKILL alone, and says nothing. */
const HANGS = fileURLToPath(new URL('../../test/fixtures/bin/hangs', import.meta.url));
const CANNOT_MOUNT = await HangingDisk.whyNot();

interface Held {
  /** Absent: its own nats-server. */
  readonly natsUrl?: string;
  readonly clusterKey?: string;
  readonly streams?: string;
  readonly env?: Readonly<Record<string, string>>;
}

class Server implements AsyncDisposable {
  readonly #process: ServerProcess;
  readonly #port: number;

  private constructor(process: ServerProcess, port: number) {
    this.#process = process;
    this.#port = port;
  }

  static async start(folder: string, { natsUrl, clusterKey, streams = '', env = {} }: Held): Promise<Server> {
    const [port = 0] = await freePorts(1);
    const configFile = join(folder, 's1.conf');
    const lines = [
      ...['server_name s1;', `http 127.0.0.1:${port};`, 'beats 127.0.0.1:0;', `data_dir "${folder}/data";`],
      ...(natsUrl === undefined ? [] : [`nats ${natsUrl};`]),
      ...(clusterKey === undefined ? [] : [`cluster_key ${clusterKey};`]),
      streams,
    ];
    await writeFile(configFile, lines.join('\n'));
    const within = ['env', ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    const process = new ServerProcess({ configFile, within });
    process.start();
    return new Server(process, port);
  }

  said(what: RegExp, times = 1): Promise<boolean> {
    return eventually(
      `it says ${what} ${times} times`,
      () => this.#process.log.filter((line) => what.test(line)).length >= times,
      { deadlineMs: 30_000 },
    );
  }

  async ready(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#port}/readyz`)).text();
  }

  get pids(): readonly number[] {
    return this.#process.pids;
  }

  serverPid(): Promise<number> {
    return eventually('the server process runs', () => this.#process.serverPid);
  }

  /** Both processes and all their children, by SIGTERM to the warden alone. */
  async endsInTime(): Promise<void> {
    this.#process.kill('SIGTERM');
    try {
      await eventually('the warden has ended', () => this.#process.pid === undefined, { deadlineMs: GONE_WITHIN_MS });
      assert.equal(this.#process.pids, []);
    } catch (error) {
      console.error(this.#process.log.slice(-40).join('\n'));
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.killAll();
  }
}

function isInDiskWait(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).some((task) => / D /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8')));
}

/** A NATS server that does not answer to `denied` subjects. */
function deafNats(denied: string) {
  const permissions = `permissions: { publish: { deny: ["${denied}"] } }`;
  return startNatsServer({ config: `authorization { users: [ { user: u, password: pass, ${permissions} } ] }` });
}
const asUser = (port: number) => `nats://u:pass@127.0.0.1:${port}`;

test('a server whose tools hang', async () => {
  await using folder = await tempFolder();
  await using server = await Server.start(folder.path, { natsUrl: NOWHERE, env: { STREAMHERD_FFMPEG: HANGS } });
  await eventually('it tries its tools', () => server.pids.length > 2);
  await server.endsInTime();
});

test('a server that waits for NATS', async () => {
  await using folder = await tempFolder();
  await using server = await Server.start(folder.path, { natsUrl: NOWHERE });
  await server.said(/warn .*no NATS server at/);
  assert.match(await server.ready(), /no NATS server at 127.0.0.1:1/);
  await server.endsInTime();
});

test('a server with a wrong cluster_key says so repeatedly, is not ready for that reason, and ends', async () => {
  await using folder = await tempFolder();
  await using nats = await startNatsCluster(3, undefined, { token: 'the-key-of-the-herd' });
  await using server = await Server.start(folder.path, {
    natsUrl: nats.urls.join(' '),
    clusterKey: 'another-key-for-the-herd',
  });
  await server.said(/warn .*refuses the credentials/, 2);
  assert.match(await server.ready(), /refuses the credentials/);
  await server.endsInTime();
});

test('a server whose NATS accepts connections and says nothing', async () => {
  await using folder = await tempFolder();
  const mute = createServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    await using server = await Server.start(folder.path, { natsUrl: `nats://127.0.0.1:${port}` });
    await server.said(/no NATS server at/);
    await server.endsInTime();
  } finally {
    mute.close();
  }
});

for (const [what, denied, says] of [
  ['whose buckets cannot be made', '$JS.API.>', /warn .*is not ready, trying again/],
  ['that cannot join', '$KV.servers.>', /connected to NATS/],
  ['whose streams cannot be published', '$KV.streams.>', /connected to NATS/],
  ['whose events are not stored', 'events.>', /s1 serves/],
] as const) {
  test(`a server ${what}`, async () => {
    await using folder = await tempFolder();
    await using nats = await deafNats(denied);
    const streams = 'stream cam1 { input test:; disabled; }';
    await using server = await Server.start(folder.path, { natsUrl: asUser(nats.port), streams });
    await server.said(says);
    await server.endsInTime();
  });
}

test('a server whose own nats-server never gets ready', async () => {
  await using folder = await tempFolder();
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  const answers = '[ "$1" = --version ] && echo "nats-server: v2.99.0" && exit 0';
  await writeFile(join(bin, 'nats-server'), `#!/bin/sh\n${answers}\nexec sleep 300\n`, { mode: 0o755 });
  await using server = await Server.start(folder.path, { env: { PATH: `${bin}:${process.env.PATH}` } });
  await eventually('it waits for its nats-server', async () => (await server.ready()).includes('its own nats-server'));
  await server.endsInTime();
});

test('a server that finds a pipe in place of its file of the herd: it does not wait for a writer', async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, 'data'));
  execFileSync('mkfifo', [join(folder.path, 'data', 'herd.json')]);
  await using nats = await startNatsServer();
  await using server = await Server.start(folder.path, { natsUrl: nats.url });
  await server.said(/herd\.json is no file/);
  await server.endsInTime();
});

for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
  test(`a server that captures, after ${signal} of its NATS`, async () => {
    await using folder = await tempFolder();
    await using nats = await startNatsServer();
    await using server = await Server.start(folder.path, {
      natsUrl: nats.url,
      streams: 'stream cam1 { input test:; }',
    });
    await server.said(/stream-live cam1/);
    await nats.kill(signal);
    await server.said(/warn .*lost the connection to NATS/);
    await server.endsInTime();
  });
}

if (CANNOT_MOUNT !== undefined) test.skip('servers on disks that hang', CANNOT_MOUNT);
else {
  test('a server whose data_dir hangs from the start', async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, 'data'));
    await using _disk = await HangingDisk.over(join(folder.path, 'data'));
    await using server = await Server.start(folder.path, { natsUrl: NOWHERE });
    await eventually('it waits for its disk', async () => isInDiskWait(await server.serverPid()));
    await server.endsInTime();
  });

  test('a server that captures, after its disk hangs: it finds its NATS again by name meanwhile', async () => {
    await using folder = await tempFolder();
    await using nats = await startNatsServer();
    // A call of each hangs, and together with the server's own calls they would fill a pool of four threads.
    const names = ['cam1', 'cam2', 'cam3'];
    await using server = await Server.start(folder.path, {
      natsUrl: nats.url.replace('127.0.0.1', 'localhost'),
      streams: names.map((name) => `stream ${name} { input test:; }`).join('\n'),
    });
    for (const name of names) await server.said(new RegExp(`stream-live ${name}`));
    await using _disk = await HangingDisk.over(join(folder.path, 'data'));
    await server.said(/its disk has not answered/);
    await nats.restart();
    await server.said(/bus-back/);
    await server.endsInTime();
  });

  test('a server that captures, at the moment when its disk begins to hang', async () => {
    await using folder = await tempFolder();
    await using nats = await startNatsServer();
    await using server = await Server.start(folder.path, {
      natsUrl: nats.url,
      streams: 'stream cam1 { input test:; }',
    });
    await server.said(/stream-live cam1/);
    await using _disk = await HangingDisk.over(join(folder.path, 'data'));
    await server.endsInTime();
  });

  test('a server with a nats-server of its own, after the disk of both hangs', async () => {
    await using folder = await tempFolder();
    await using server = await Server.start(folder.path, { streams: 'stream cam1 { input test:; }' });
    await server.said(/stream-live cam1/);
    await using _disk = await HangingDisk.over(join(folder.path, 'data'));
    await server.endsInTime();
  });
}

test.run();
