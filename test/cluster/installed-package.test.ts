import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { ServerProcess } from '../../src/demo/server-process.ts';
import { natsServerBinary } from '../../src/nats/nats-server-binary.ts';
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
const START = { deadlineMs: 30_000, everyMs: 50 };

/**
 * The package as a stranger gets it: packed here, and installed into an empty folder by npm. So that no registry is needed it is
 * packed once more, with what it depends on in it. (`bundleDependencies` in the project's own package.json makes "npm ci" of
 * npm 11 turn for ever.)
 */
async function install(folder: string): Promise<{ readonly program: string }> {
  const npm = (cwd: string, ...args: string[]) => execa('npm', [...args, '--cache', join(folder, 'cache')], { cwd });
  // The tests have built already, and a build now would rewrite files that other tests are reading.
  await npm(PROJECT, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const tarball = `streamherd-${MANIFEST.version}.tgz`;
  await execa('tar', ['xzf', tarball], { cwd: folder });
  const unpacked = join(folder, 'package');
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as typeof MANIFEST;
  const bundle = { ...manifest, bundleDependencies: Object.keys(manifest.dependencies) };
  await writeFile(join(unpacked, 'package.json'), JSON.stringify(bundle));
  await symlink(join(PROJECT, 'node_modules'), join(unpacked, 'node_modules'));
  await npm(unpacked, 'pack', '--ignore-scripts', '--pack-destination', folder);
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"private":true}');
  await npm(app, 'install', '--offline', '--no-audit', '--no-fund', `../${tarball}`);
  // Where scripts/prepare.mjs of the package puts one.
  const tools = join(app, 'node_modules', 'streamherd', '.tools');
  await mkdir(tools);
  await symlink(natsServerBinary(), join(tools, 'nats-server'));
  return { program: join(app, 'node_modules', '.bin', 'streamherd') };
}

test('packed and installed elsewhere it says its version, runs until it is ready, and shows the demo', async () => {
  assert.match(MANIFEST.scripts.prepack, 'scripts/build.mjs', 'a package is never of an old build');
  await using folder = await tempFolder();
  const { program } = await install(folder.path);
  assert.is((await execa(program, ['--version'])).stdout, MANIFEST.version);

  const [port] = await freePorts(1);
  const configFile = join(folder.path, 'lone.conf');
  await writeFile(configFile, `server_name s1;\nhttp 127.0.0.1:${port};\ndata_dir "${join(folder.path, 'data')}";\n`);
  const server = new ServerProcess({ configFile, mainFile: program });
  server.start();
  try {
    await eventually('it is ready', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, START);
    for (const path of ['/', '/assets/hls.js']) {
      assert.is((await fetch(`http://127.0.0.1:${port}${path}`)).status, 200, path);
    }
    await server.stop();
  } catch (error) {
    console.error(server.log.join('\n'));
    throw error;
  } finally {
    await server.killAll();
  }

  const demo = execa(program, ['demo', '--servers', '1', '--cameras', '1'], { buffer: false, reject: false });
  let isLive = false;
  for await (const line of demo.iterable()) {
    isLive = isLive || /^stream cam01: s1, live/.test(line);
    if (isLive) demo.kill('SIGTERM');
  }
  assert.is((await demo).exitCode, 0);
  assert.ok(isLive, 'its camera is captured');
});

test.run();
