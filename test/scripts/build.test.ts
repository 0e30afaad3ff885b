import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runScript } from './script.ts';

const test = suite('scripts/build', { deadlineMs: 40_000 });
const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

async function run(
  folder: string,
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
) {
  const { STREAMHERD_KEEP_CODE: _, ...own } = process.env;
  return runScript(script, args, { cwd: folder, env: { ...own, ...env } });
}

/** A project of two sources and a page, with this project's build. */
async function smallProject(folder: string): Promise<void> {
  for (const part of ['scripts/build.mjs', 'scripts/build', 'bin/streamherd', 'tsconfig.json', 'package.json']) {
    await cp(join(PROJECT, part), join(folder, part), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  await mkdir(join(folder, 'src/room'), { recursive: true });
  await mkdir(join(folder, 'web/pictures'), { recursive: true });
  await writeFile(join(folder, 'src/main.ts'), "console.log('it runs');\n");
  await writeFile(join(folder, 'src/room/old.ts'), 'export const old = 1;\n');
  await writeFile(join(folder, 'web/index.html'), '<p>\n');
  await writeFile(join(folder, 'web/pictures/old.svg'), '<svg/>\n');
}

async function builtFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(folder, 'dist'), { recursive: true });
  return entries.filter((name) => !name.endsWith('.map')).sort();
}

test('builds sources and web, and removes outputs whose source is gone', async () => {
  await using folder = await tempFolder();
  await smallProject(folder.path);
  const first = await run(folder.path, 'scripts/build.mjs');
  assert.is(first.exitCode, 0, first.output);
  const bundle = ['code-loader.js', 'main.code', 'main.js', 'package.json'].map((name) => join('bundle', name));
  const main = ['bundle', ...bundle, 'src', 'src/main.js'];
  const page = ['web', 'web/index.html'];
  const old = ['src/room', 'src/room/old.js'];
  const oldPicture = ['web/pictures', 'web/pictures/old.svg'];
  assert.equal(await builtFiles(folder.path), [...main, ...old, ...page, ...oldPicture]);
  await rm(join(folder.path, 'src/room'), { recursive: true });
  await rm(join(folder.path, 'web/pictures'), { recursive: true });
  const second = await run(folder.path, 'scripts/build.mjs');
  assert.is(second.exitCode, 0, second.output);
  assert.equal(await builtFiles(folder.path), [...main, ...page]);
  assert.match((await run(folder.path, 'bin/streamherd')).output, 'it runs');
});

test('a package that is imported is one file, and there once for all that need it', async () => {
  await using folder = await tempFolder();
  await smallProject(folder.path);
  await writeFile(
    join(folder.path, 'src/main.ts'),
    "import { kvm } from './kvm.ts';\nimport { Kvm } from '@nats-io/kv';\nimport * as nats from 'nats';\n" +
      "console.log(kvm === Kvm, typeof nats.connect, import.meta.resolve('nats').slice(-32));\n",
  );
  await writeFile(
    join(folder.path, 'src/kvm.ts'),
    "import * as kv from '@nats-io/kv';\nexport const { Kvm: kvm } = kv;\n",
  );
  const { exitCode, output } = await run(folder.path, 'scripts/build.mjs');
  assert.is(exitCode, 0, output);
  const packages = join('node_modules', '@nats-io', 'kv');
  const files = await builtFiles(folder.path);
  assert.equal(
    files.filter((name) => name.startsWith(packages)),
    [packages, join(packages, 'index.js'), join(packages, 'package.json')],
  );
  const { default: _, ...exported } = await import(join(folder.path, 'dist', packages, 'index.js'));
  const ofPackage = createRequire(join(PROJECT, 'package.json'))('@nats-io/kv') as object;
  assert.equal(Object.keys(exported).sort(), Object.keys(ofPackage).sort());
  assert.match((await run(folder.path, 'dist/src/main.js')).output, 'true function /dist/node_modules/nats/index.js');
});

test('what one process has compiled of the bundle is kept for the next, and a new build drops it', async () => {
  await using folder = await tempFolder();
  await smallProject(folder.path);
  await writeFile(
    join(folder.path, 'src/main.ts'),
    "console.log('\u00b5\u2014', /^[\u00b5\u2014]{2}$/.test('\u00b5\u2014'), import.meta.url.slice(-15));\nif (process.env.STREAMHERD_KEEP_CODE) setTimeout(() => {}, 3500);\n",
  );
  assert.is((await run(folder.path, 'scripts/build.mjs')).exitCode, 0);
  const kept = async () => (await builtFiles(folder.path)).filter((name) => /\.code\./.test(name));
  const said = '\u00b5\u2014 true /bundle/main.js\n';
  assert.is((await run(folder.path, 'bin/streamherd')).output, said, 'it is what users start');
  assert.equal(await kept(), [], 'only tests keep it');
  assert.is((await run(folder.path, 'dist/bundle/main.js', [], { STREAMHERD_KEEP_CODE: 'yes' })).output, said);
  assert.equal(await kept(), ['bundle/main.code.first']);
  assert.is((await run(folder.path, 'dist/bundle/main.js')).output, said);
  await writeFile(join(folder.path, 'dist/bundle/main.code.first'), 'not what V8 has written');
  assert.is((await run(folder.path, 'dist/bundle/main.js')).output, said, 'what V8 refuses is compiled');
  assert.is((await run(folder.path, 'scripts/build.mjs')).exitCode, 0);
  assert.equal(await kept(), []);
});

test('an error of tsc is shown, and fails the build, or the tests that run beside the check', async () => {
  await using folder = await tempFolder();
  await smallProject(folder.path);
  await writeFile(join(folder.path, 'src/main.ts'), "export const count: number = 'one';\n");
  const { exitCode, output } = await run(folder.path, 'scripts/build.mjs');
  assert.is.not(exitCode, 0);
  assert.match(output, /src\/main\.ts.*TS2322/);
  assert.not.match(output, 'TSFILE');

  for (const part of ['scripts/test.mjs', 'scripts/test']) {
    await cp(join(PROJECT, part), join(folder.path, part), { recursive: true });
  }
  await mkdir(join(folder.path, 'test'));
  const summary = ['Total:     1', 'Passed:    1', 'Skipped:   0'].map((line) => `console.log('  ${line}');\n`);
  await writeFile(join(folder.path, 'test/sound.test.ts'), summary.join(''));
  assert.is((await run(folder.path, 'scripts/build.mjs', ['--without-types'])).exitCode, 0);
  const tested = await run(folder.path, 'scripts/test.mjs', ['--types']);
  assert.is(tested.exitCode, 1, tested.output);
  assert.match(tested.output, /FAIL types\n.*src\/main\.ts.*TS2322/);
  assert.match(tested.output, '1 passed, 1 failed');
});

test('the command says what to do when there is no build', async () => {
  await using folder = await tempFolder();
  await smallProject(folder.path);
  const { exitCode, output } = await run(folder.path, 'bin/streamherd');
  assert.is(exitCode, 1);
  assert.match(output, 'npm run build');
});

test.run();
