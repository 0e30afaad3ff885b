import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import type { StreamStatus } from '../../src/domain/status.ts';
import { newestNumber, parseMediaPlaylist } from '../../src/media/playlist.ts';
import { natsServerBinary } from '../../src/nats/own-server/nats-server-binary.ts';
import { inBrowser, NO_BROWSER, playerByDashboard, showsFrames } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

const test = suite('cluster/installed-package', { deadlineMs: 180_000 });
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const MANIFEST = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly scripts: { readonly prepack: string };
};
/** Media, API, beats, archive. */
const KINDS_OF_THREADS = 4;
const MORTAL_THREADS = new URL('../../../test/fixtures/mortal-threads.mjs', import.meta.url).href;
const START = { deadlineMs: 30_000, everyMs: 50 };

/** What `npm ci --omit=dev` installs, as folders of the project. */
function dependencies(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  const folders = Object.entries(lock.packages).flatMap(([path, { dev }]) => (dev === true ? [] : [path]));
  // What lies within another one's folder comes along with that.
  return folders.filter((path) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && existsSync(join(PROJECT, path)));
}

/**
 * The package as a user gets it: packed here, and installed into an empty folder by npm. Its dependencies are packed into it by tar, so that
 * no registry is needed: npm would take 20 s of CPU for that and for unpacking. (With `bundleDependencies` in the project's own
 * package.json, "npm ci" of npm 11 never ends.)
 */
async function install(folder: string): Promise<{ readonly program: string; readonly app: string }> {
  const npm = (cwd: string, ...args: string[]) => execa('npm', [...args, '--cache', join(folder, 'cache')], { cwd });
  // The tests have built already, and a build now would rewrite files that other tests are reading.
  await npm(PROJECT, 'pack', '--ignore-scripts', '--pack-destination', folder);
  await execa('tar', ['xzf', `streamherd-${MANIFEST.version}.tgz`], { cwd: folder });
  const manifestFile = join(folder, 'package', 'package.json');
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as typeof MANIFEST;
  const bundle = { ...manifest, bundleDependencies: Object.keys(manifest.dependencies) };
  await writeFile(manifestFile, JSON.stringify(bundle));
  const tarball = join(folder, 'bundle.tar');
  await execa('tar', ['cf', tarball, '-C', folder, 'package']);
  const unused = ['--exclude=*.map', '--exclude=*.d.ts', '--exclude=*.d.mts', '--exclude=*.d.cts'];
  await execa('tar', ['rf', tarball, '-C', PROJECT, '--transform=s,^,package/,', ...unused, ...dependencies()]);
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"private":true}');
  await npm(app, 'install', '--offline', '--no-audit', '--no-fund', tarball);
  // Where scripts/prepare.mjs of the package puts one.
  const tools = join(app, 'node_modules', 'streamherd', '.tools');
  await mkdir(tools);
  await symlink(natsServerBinary(), join(tools, 'nats-server'));
  return { app, program: join(app, 'node_modules', '.bin', 'streamherd') };
}

test('the package, installed elsewhere, says its version, shows the demo, and runs on when its files are removed and its threads die', async () => {
  assert.match(MANIFEST.scripts.prepack, 'scripts/build.mjs', 'a package is never of an old build');
  await using folder = await tempFolder();
  const { program, app } = await install(folder.path);
  assert.is((await execa(program, ['--version'])).stdout, MANIFEST.version);
  await showsDemo(program);
  await runsWithoutItsFiles(program, app, folder.path);
});

/** A camera of the demo is captured, and the link that the demo prints leads to a player that shows frames. */
async function showsDemo(program: string): Promise<void> {
  const demo = execa(program, ['demo', '--servers', '1', '--cameras', '1'], { buffer: false, reject: false });
  let [dashboard, isLive] = ['', false];
  try {
    for await (const line of demo.iterable()) {
      dashboard = /^ *Dashboard +(\S+)/.exec(line)?.[1] ?? dashboard;
      if (!/^stream cam01: s1, live/.test(line)) continue;
      isLive = true;
      if (NO_BROWSER === undefined) {
        await inBrowser(async (browser) => showsFrames(await playerByDashboard(browser, dashboard, 'cam01'), 3));
      }
      demo.kill('SIGTERM');
    }
  } finally {
    demo.kill('SIGTERM');
  }
  assert.is((await demo).exitCode, 0);
  assert.ok(isLive, 'its camera is captured');
}

async function runsWithoutItsFiles(program: string, app: string, folder: string): Promise<void> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const marks = join(folder, 'threads');
  await mkdir(marks);
  const configFile = join(folder, 'lone.conf');
  const lines = [
    ...['server_name s1;', `http 127.0.0.1:${port};`, `data_dir "${join(folder, 'data')}";`],
    ...['beats 127.0.0.1:0;', 'cluster_key key-of-a-test-of-packages;', 'stream cam1 { input test:; }'],
  ];
  await writeFile(configFile, lines.join('\n'));
  const within = ['env', `NODE_OPTIONS=--import=${MORTAL_THREADS}`, `MORTAL_THREADS=${marks}`];
  const server = new ServerProcess({ configFile, mainFile: program, within });
  server.start();
  try {
    await eventually('it is ready', async () => (await fetch(`${url}/readyz`)).ok, START);
    const before = await eventually('it captures', () => live(url), START);
    const threads = await eventually('one more thread of each kind is kept ahead', () => firstOfEachKind(marks), START);

    await rm(join(app, 'node_modules'), { recursive: true });
    for (const thread of threads) await writeFile(join(marks, `die ${thread}`), '');
    const deaths = () => server.log.filter((line) => /died and starts again: Error: told to die/.test(line));
    await eventually('they die', () => deaths().length >= threads.length, START);
    const after = await eventually(
      'its playlists and its API go on',
      async () => {
        const now = await live(url);
        return now !== undefined && now.newest > before.newest + 1 && now;
      },
      START,
    );
    assert.is(after.epoch, before.epoch);
    assert.is(server.log.filter((line) => /stream-live cam1/.test(line)).length, 1, 'its capture went on');
    for (const path of ['/', '/assets/hls.js', '/cam1/embed.html', '/api/v1/openapi.json']) {
      assert.is((await fetch(`${url}${path}`)).status, 200, path);
    }
    await server.stop();
    assert.match(server.log.at(-1) ?? '', /ended: exit code 0/);
  } catch (error) {
    console.error(server.log.join('\n'));
    throw error;
  } finally {
    await server.killAll();
  }
}

/** What API and playlist say of the stream, when it is live. */
async function live(url: string): Promise<{ readonly epoch: unknown; readonly newest: number } | undefined> {
  const { status } = (await (await fetch(`${url}/api/v1/streams/cam1`)).json()) as { status?: StreamStatus };
  const parsed = parseMediaPlaylist(await (await fetch(`${url}/cam1/video.m3u8`)).text());
  if (status?.state !== 'live' || !parsed.ok) return undefined;
  return { epoch: status.epoch, newest: newestNumber(parsed.playlist) };
}

/** Threads of the server, once there are two of each kind. */
async function firstOfEachKind(marks: string): Promise<readonly number[] | undefined> {
  const kinds = new Map<string, number[]>();
  for (const mark of await readdir(marks)) {
    const [thread, kind = ''] = mark.split(' ');
    kinds.set(kind, [...(kinds.get(kind) ?? []), Number(thread)]);
  }
  const all = [...kinds.values()];
  return all.length === KINDS_OF_THREADS && all.every(({ length }) => length === 2)
    ? all.map((threads) => Math.min(...threads))
    : undefined;
}

if (NO_BROWSER !== undefined) test.skip('the player of the demo shows frames', NO_BROWSER);

test.run();
