import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { folderId } from '../../../src/host/disk/folder-id.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('host/disk/folder-id');

test('a folder keeps its id, and each folder has its own', async () => {
  await using one = await tempFolder();
  await using other = await tempFolder();
  const id = await folderId(one.path);
  assert.match(id ?? '', /^[0-9a-f-]{36}$/);
  assert.is(await folderId(one.path), id);
  assert.is.not(await folderId(other.path), id);
  assert.equal(await readdir(one.path), ['folder-id']);
});

test('a file that holds no id is replaced: an empty one, half an id, rubbish', async () => {
  await using folder = await tempFolder();
  for (const text of ['', 'abc', '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'x'.repeat(10_000)]) {
    await writeFile(join(folder.path, 'folder-id'), text);
    const id = await folderId(folder.path);
    assert.is((await readFile(join(folder.path, 'folder-id'), 'utf8')).trim(), id);
  }
});

test('a folder that is not there has none', async () => {
  await using folder = await tempFolder();
  assert.is(await folderId(join(folder.path, 'gone')), undefined);
});

test.run();
