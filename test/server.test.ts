import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { freePorts } from '../src/demo/free-ports.ts';
import { MAIN_FILE } from '../src/demo/server-process.ts';
import { eventually } from './support/eventually.ts';
import { startNatsServer } from './support/nats-server.ts';
import { sideBySide } from './support/side-by-side.ts';
import { tempFolder } from './support/temp-folder.ts';

const test = sideBySide('server', { deadlineMs: 60_000, atOnce: 2 });

/** Its server ends it 1.5 s after it was asked to end, by SIGKILL. */
const STUBBORN_FFMPEG = fileURLToPath(new URL('../../test/fixtures/bin/stubborn', import.meta.url));

interface ServerText {
  readonly folder: string;
  readonly port: number;
  readonly natsUrl: string;
  readonly dataDir?: string;
  readonly streams?: string;
}

/** What a warden takes for an ffmpeg that captures into the folder. */
function captureInto(liveFolder: string) {
  const script = `console.log('up'); setInterval(() => {}, 1000);`;
  const args = ['-e', script, '--', '-progress', 'pipe:4', `${liveFolder}/cam1/7-%d.ts`];
  const child = execa(process.execPath, args, { stdin: 'ignore', reject: false, killSignal: 'SIGKILL' });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return {
    child,
    hasBegun: () => text.includes('up'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

/** `streamherd run` as a process. */
async function start({ folder, port, natsUrl, dataDir = 'data', streams = '' }: ServerText) {
  const file = join(folder, `${dataDir}-${port}.conf`);
  const address = `http 127.0.0.1:${port}; public_url http://127.0.0.1:${port};`;
  await writeFile(file, `server_name s1; ${address} nats ${natsUrl}; data_dir ${folder}/${dataDir};\n${streams}`);
  const child = execa(process.execPath, [MAIN_FILE, 'run', '-c', file], {
    env: { STREAMHERD_FFMPEG: STUBBORN_FFMPEG },
    stdin: 'ignore',
    reject: false,
    all: true,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.all?.on('data', (chunk) => {
    text += chunk;
  });
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    ended: child.then(({ exitCode, all }) => ({ code: exitCode, text: String(all) })),
    said: (what: RegExp) => eventually(`it says ${what}`, () => what.test(text), { deadlineMs: 30_000 }),
    status: async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** One line of refusal after whatever was logged, and no trace of a program. */
function assertRefused(
  { code, text }: { readonly code: number | undefined; readonly text: string },
  why: RegExp,
): void {
  assert.is(code, 1, text);
  assert.ok(
    text.split('\n').some((line) => why.test(line)),
    text,
  );
  assert.not.match(text, /\n {4}at /);
}

test('while NATS cannot be reached a server lives, is not ready, and says why; SIGTERM ends it', async () => {
  await using folder = await tempFolder();
  const port = await freePort();
  await using server = await start({ folder: folder.path, port, natsUrl: 'nats://admin:sekrit@127.0.0.1:1' });
  await server.said(/no NATS server at 127\.0\.0\.1:1/);
  assert.is(await server.status('/livez'), 200);
  assert.is(await server.status('/readyz'), 503);
  assert.is(await server.status('/cam1/index.m3u8'), 404);
  server.kill('SIGTERM');
  const { code, text } = await server.ended;
  assert.is(code, 0, text);
  assert.match(text, /s1 has ended before it joined: told by SIGTERM/);
  assert.not.match(text, /\n {4}at |sekrit/);
});

test('a data folder that another server uses is refused in one line, and the captures of that server live', async () => {
  await using folder = await tempFolder();
  const [first = 0, second = 0] = await freePorts(2);
  const natsUrl = 'nats://127.0.0.1:1';
  await using holder = await start({ folder: folder.path, port: first, natsUrl });
  await holder.said(/no NATS server/);
  await using capture = captureInto(`${folder.path}/data/live`);
  await eventually('it captures', () => capture.hasBegun());
  await using other = await start({ folder: folder.path, port: second, natsUrl });
  assertRefused(await other.ended, /another streamherd of this machine is running on the folder .*data$/);
  assert.equal([capture.child.exitCode, capture.child.signalCode], [null, null]);
});

test('a port that is in use is refused in one line', async () => {
  await using folder = await tempFolder();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  try {
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await using server = await start({ folder: folder.path, port, natsUrl: 'nats://127.0.0.1:1' });
    assertRefused(await server.ended, /cannot serve: .*EADDRINUSE.*127\.0\.0\.1/);
  } finally {
    taken.close();
  }
});

test('a NATS without JetStream is refused in one line', async () => {
  await using folder = await tempFolder();
  await using nats = await startNatsServer({ jetstream: false });
  await using server = await start({ folder: folder.path, port: await freePort(), natsUrl: nats.url });
  assertRefused(await server.ended, /without JetStream: start it with --jetstream/);
});

for (const [title, signals, what] of [
  ['SIGTERM hands back and leaves', 1, /stream-handed-back cam1/],
  ['SIGTERM said twice ends every capture and leaves at once', 2, /stream-stopped cam1 .*told twice to leave/],
] as const) {
  test(title, async () => {
    await using folder = await tempFolder();
    await using nats = await startNatsServer();
    const streams = 'stream cam1 { input test:; }';
    await using server = await start({ folder: folder.path, port: await freePort(), natsUrl: nats.url, streams });
    await server.said(/stream-live cam1/);
    server.kill('SIGTERM');
    await server.said(/handing every stream back, then leaving/);
    if (signals === 2) server.kill('SIGTERM');
    const { code, text } = await server.ended;
    assert.is(code, 0, text);
    assert.match(text, what);
    assert.match(text, /s1 has left/);
    assert.not.match(text, /\n {4}at |Event .* sent to stopped actor/);
  });
}

test.run();
