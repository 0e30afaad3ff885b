import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { distributionOf } from '../../scripts/prepare/distribution.mjs';
import { difference } from '../../scripts/prepare/npm-dependencies.mjs';
import { sourceText } from '../../scripts/prepare/unpacked-program.mjs';
import { natsServerBinary } from '../../src/nats/own-server/nats-server-binary.ts';
import { isNewEnough } from '../../src/nats/own-server/nats-server-path.mjs';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runScript } from './script.ts';

const test = suite('scripts/prepare');
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

const DEBIAN = 'ID=debian\nVERSION_CODENAME=bookworm\n';
const UBUNTU = 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n';

test('takes the mirror that apt uses, and not those of other vendors or of security updates', () => {
  const targets = [
    'http://security.debian.example/debian-security/|bookworm-security|main|Debian|Packages',
    'https://apt.vendor.example/|bookworm|main|Vendor|Packages',
    'http://mirror.example/debian/|bookworm|main|Debian|Packages',
    'http://mirror.example/debian/|bookworm-updates|main|Debian|Packages',
  ].join('\n');
  assert.equal(distributionOf(DEBIAN, targets), {
    mirror: 'http://mirror.example/debian/',
    suite: 'forky',
    components: 'main',
    keyring: 'debian-archive-keyring.gpg',
  });
});

test('finds a mirror of another path by its origin, or before any update by its codename', () => {
  const odd = 'mirror+file:/etc/apt/mirrors/list/|bookworm|main|';
  assert.is(distributionOf(DEBIAN, `${odd}Debian|Packages`)?.mirror, 'mirror+file:/etc/apt/mirrors/list/');
  assert.is(distributionOf(DEBIAN, `${odd}$(ORIGIN)|Packages`)?.mirror, 'mirror+file:/etc/apt/mirrors/list/');
});

test('Ubuntu and its derivatives take Ubuntu’s suite in development, with the ports mirror on other processors', () => {
  const ports = 'http://ports.ubuntu.example/ubuntu-ports/|noble|main|Ubuntu|Packages';
  const mint = 'ID=linuxmint\nID_LIKE="ubuntu debian"\n';
  for (const release of [UBUNTU, mint]) {
    const found = distributionOf(release, ports);
    assert.is(found?.suite, 'devel');
    assert.is(found?.components, 'universe');
    assert.is(found?.mirror, 'http://ports.ubuntu.example/ubuntu-ports/');
  }
});

test('no mirror on other systems, and none where apt has none', () => {
  assert.is(distributionOf('ID=fedora\n', 'http://mirror.example/debian/|x|main|Debian|Packages'), undefined);
  assert.is(distributionOf(DEBIAN, ''), undefined);
  assert.is(distributionOf('', ''), undefined);
});

test('never asks apt to trust without a signature', () => {
  const source = { mirror: 'http://m/debian/', suite: 'forky', components: 'main', keyring: '/k.gpg' };
  assert.match(sourceText(source), /^Signed-By: \/k\.gpg$/m);
  assert.not.match(sourceText({ ...source, keyring: undefined }), /trusted/i);
});

test('npm packages: those that differ from the lock file are named, optional ones may be absent', () => {
  const a = { version: '1.0.0', integrity: 'x' };
  assert.is(difference({ '': {}, a }, { a }), undefined);
  assert.is(difference({ '': {}, a, b: { ...a, optional: true } }, { a }), undefined);
  assert.match(String(difference({ a }, {})), 'a is not there, not 1.0.0');
  assert.match(String(difference({ a }, { a: { ...a, version: '1.0.1' } })), 'a is 1.0.1, not 1.0.0');
  assert.ok(difference({ a }, { a: { ...a, integrity: 'y' } }));
  assert.match(String(difference({ a }, { a, b: a })), 'b is there and should not be');
});

test('nats-server: 2.11 is new enough, and numbers are compared as numbers', () => {
  assert.equal(['2.9.10', '2.10.27', '2.11.0', '2.15.1', '3.0.0', '10.0.0', '1.99.0'].map(isNewEnough), [
    false,
    false,
    true,
    true,
    true,
    true,
    false,
  ]);
});

async function fakeNatsServer(folder: string, version: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'nats-server');
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`, { mode: 0o755 });
  return path;
}

test('nats-server: PATH when it is new enough, else .tools, else what to do', async () => {
  await using folder = await tempFolder();
  const [old, recent, tools] = [join(folder.path, 'old'), join(folder.path, 'new'), join(folder.path, '.tools')];
  await fakeNatsServer(old, '2.10.27');
  const onPath = await fakeNatsServer(recent, '2.11.3');
  assert.is(natsServerBinary(folder.path, `${old}:${recent}`), onPath);
  assert.throws(() => natsServerBinary(folder.path, old), /old\/nats-server is 2\.10\.27.*scripts\/prepare\.mjs/);
  const inTools = await fakeNatsServer(tools, '2.12.0');
  assert.is(natsServerBinary(folder.path, old), inTools);
  assert.is(natsServerBinary(folder.path, recent), onPath);
});

const NATS_SERVER_PATH = 'src/nats/own-server/nats-server-path.mjs';
const IN_A_CLONE = ['package.json', 'package-lock.json'];

/** `prepare.mjs` of a copy of the project, with a `PATH` of these programs only. */
async function prepare(folder: string, programs: readonly string[], args = ['test'], parts = IN_A_CLONE) {
  for (const part of ['scripts', NATS_SERVER_PATH, ...parts]) {
    await cp(join(PROJECT, part), join(folder, part), { recursive: true });
  }
  const bin = join(folder, 'bin');
  await mkdir(bin);
  for (const program of programs) await writeFile(join(bin, program), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return runScript('scripts/prepare.mjs', args, { cwd: folder, env: { PATH: bin } });
}

test('says nothing where all is there', async () => {
  await using folder = await tempFolder();
  await fakeNatsServer(join(folder.path, '.tools'), '2.15.1');
  await symlink(join(PROJECT, 'node_modules'), join(folder.path, 'node_modules'));
  const { exitCode, output } = await prepare(folder.path, ['ffmpeg', 'ffprobe']);
  assert.is(output, '');
  assert.is(exitCode, 0);
});

test('where it cannot install, it names everything that the user has to do and ends with 1', async () => {
  await using folder = await tempFolder();
  const { exitCode, output } = await prepare(folder.path, ['ffmpeg']);
  assert.is(exitCode, 1);
  assert.match(output, /ffprobe: not on PATH, and there is no apt-get\. Install ffmpeg/);
  assert.match(output, /no nats-server 2\.11 or later.*nats\.io\/download/);
  assert.not.match(output, 'about to install');
});

test('for an installed package it prepares only the programs: npm has installed the packages', async () => {
  await using folder = await tempFolder();
  await fakeNatsServer(join(folder.path, '.tools'), '2.15.1');
  const { exitCode, output } = await prepare(folder.path, ['ffmpeg', 'ffprobe'], ['demo'], ['package.json']);
  assert.is(output, '');
  assert.is(exitCode, 0);
});

/** What `chromium()` wants on a machine with this `/etc/os-release` and an apt that does what it is told. */
async function chromiumOn(osRelease: string, { isThere = false } = {}) {
  await using folder = await tempFolder();
  const at = (name: string) => join(folder.path, name);
  const [bin, path, release] = [at('bin'), at('chromium'), at('os-release')];
  await mkdir(bin);
  const programs = {
    'apt-get': `echo "apt-get $*"; case "$*" in *install*chromium) : > ${path};; esac`,
    sudo: 'shift; exec "$@"',
  };
  for (const [name, does] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
  }
  await writeFile(release, osRelease);
  if (isThere) await writeFile(path, '');
  const script = [
    `import { chromium } from ${JSON.stringify(join(PROJECT, 'scripts/prepare/chromium.mjs'))};`,
    `const machine = ${JSON.stringify({ path, osRelease: release })};`,
    'const part = chromium(machine);',
    'console.log(part?.what);',
    'part?.install();',
    'console.log(chromium(machine)?.what);',
  ].join('\n');
  const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  return stdout.split('\n');
}

test('a Debian without a browser gets Chromium, which is announced first; elsewhere nothing is installed', async () => {
  const [what, update, install, after] = await chromiumOn(DEBIAN);
  assert.is(what, 'Chromium, by "apt-get install chromium"');
  assert.match(update ?? '', /^apt-get .*update$/);
  assert.match(install ?? '', /^apt-get .*install -y --no-install-recommends chromium$/);
  assert.is(after, 'undefined', 'and is found afterwards');
  const nothing = ['undefined', 'undefined'];
  assert.equal(await chromiumOn(DEBIAN, { isThere: true }), nothing);
  assert.equal(await chromiumOn(UBUNTU), nothing, 'Ubuntu has a snap alone, although it is like Debian');
});

test('refuses a purpose that it does not know', async () => {
  await using folder = await tempFolder();
  const { exitCode, output } = await prepare(folder.path, [], ['production']);
  assert.is(exitCode, 2);
  assert.match(output, 'usage');
});

test.run();
