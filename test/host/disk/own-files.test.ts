import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import {
  isOwnFolder,
  makeOwnFolder,
  openNewFile,
  readOwnFile,
  writeOwnFile,
} from '../../../src/host/disk/own-files.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('own-files');

const MAX = 1000;

/** A folder with a file beside it, to which links lead. */
async function twoFolders() {
  const folder = await tempFolder();
  const [own, outside] = [join(folder.path, 'own'), join(folder.path, 'outside')];
  await mkdir(own);
  await mkdir(outside);
  await writeFile(join(outside, 'file'), 'outside');
  const untouched = async () => {
    assert.equal(await readdir(outside), ['file']);
    assert.is(await readFile(join(outside, 'file'), 'utf8'), 'outside');
  };
  return { own, outside, untouched, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );

test('only files of bounded size are read; a link, a folder, a pipe and a huge file are refused by name', async () => {
  await using it = await twoFolders();
  const path = (name: string) => join(it.own, name);
  await writeFile(path('good'), 'good');
  assert.is(await readOwnFile(path('good'), MAX), 'good');
  await symlink(join(it.outside, 'file'), path('link'));
  assert.is(await messageOf(readOwnFile(path('link'), MAX)), `${path('link')} is a link: expected a file`);
  assert.is(await messageOf(readOwnFile(it.own, MAX)), `${it.own} is no file`);
  execFileSync('mkfifo', [path('pipe')]);
  assert.is(await messageOf(readOwnFile(path('pipe'), MAX)), `${path('pipe')} is no file`);
  await writeFile(path('huge'), '');
  await truncate(path('huge'), 2 ** 40);
  assert.match(await messageOf(readOwnFile(path('huge'), MAX)), `${path('huge')} has 1099511627776 bytes`);
  assert.match(await messageOf(readOwnFile(path('none'), MAX)), 'ENOENT');
});

test('a write replaces links, at its name and at that of its draft, and changes nothing that they lead to', async () => {
  await using it = await twoFolders();
  const path = join(it.own, 'file');
  for (const target of ['file', 'not-there']) {
    await symlink(join(it.outside, target), `${path}.new`);
    await writeOwnFile(path, 'first', { mode: 0o600, flush: true });
  }
  assert.is((await stat(path)).mode & 0o777, 0o600);
  await mkdir(`${path}.new/deep`, { recursive: true });
  await writeOwnFile(path, 'second');
  assert.is(await readFile(path, 'utf8'), 'second');
  await symlink(join(it.outside, 'file'), join(it.own, 'link'));
  await writeOwnFile(join(it.own, 'link'), 'third');
  await symlink(it.outside, join(it.own, 'trial'));
  await (await openNewFile(join(it.own, 'trial'))).close();
  assert.equal((await readdir(it.own)).sort(), ['file', 'link', 'trial']);
  await it.untouched();
  const folder = join(it.own, 'folder');
  await mkdir(folder);
  assert.match(await messageOf(writeOwnFile(folder, 'fourth')), folder);
});

test('a folder is made in place of a link, and the target of the link stays', async () => {
  await using it = await twoFolders();
  const folder = join(it.own, 'live', 'cam1');
  await makeOwnFolder(folder);
  await writeFile(join(folder, 'kept'), '');
  await makeOwnFolder(folder);
  assert.equal(await readdir(folder), ['kept']);
  const link = join(it.own, 'live', 'cam2');
  await symlink(it.outside, link);
  assert.not(await isOwnFolder(link));
  await makeOwnFolder(link);
  assert.ok(await isOwnFolder(link));
  assert.equal(await readdir(link), []);
  const dangling = join(it.own, 'live', 'cam3');
  await symlink(join(it.outside, 'not-there'), dangling);
  await makeOwnFolder(dangling);
  await it.untouched();
  const file = join(it.own, 'live', 'cam4');
  await writeFile(file, '');
  assert.is(await messageOf(makeOwnFolder(file)), `${file} is no folder`);
  assert.not(await isOwnFolder(join(it.own, 'none')));
});

test.run();
