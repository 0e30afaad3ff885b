import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ORPHAN_AGE_MS, Spool } from '../../../src/http/media/spool.ts';
import { mediaDisk } from '../../../src/media/disk-places.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/media/spool');

test('a sweep deletes old segments that are in no window, and nothing else', async () => {
  await using folder = await tempFolder();
  const streamFolder = join(folder.path, 'hall=2Fcam');
  await mkdir(streamFolder);
  const old = new Date(Date.now() - ORPHAN_AGE_MS - 1000);
  for (const [name, isOld] of [
    ['1-1.ts', true],
    ['1-2.ts', true],
    ['1-3.ts', false],
    ['notes.txt', true],
  ] as const) {
    await writeFile(join(streamFolder, name), '');
    if (isOld) await utimes(join(streamFolder, name), old, old);
  }
  await new Spool(folder.path, mediaDisk()).sweep((stream, segment) => stream === 'hall/cam' && segment === '1-2.ts');
  assert.equal((await readdir(streamFolder)).sort(), ['1-2.ts', '1-3.ts', 'notes.txt']);
});

test('a link in place of a stream’s folder is not followed: nothing outside is removed', async () => {
  await using folder = await tempFolder();
  const [spool, outside] = [join(folder.path, 'live'), join(folder.path, 'outside')];
  for (const path of [spool, outside]) await mkdir(path);
  await writeFile(join(outside, '1-1.ts'), '');
  await utimes(join(outside, '1-1.ts'), 0, 0);
  await symlink(outside, join(spool, 'cam1'));
  const removing = new Spool(spool, mediaDisk());
  await removing.sweep(() => false);
  await removing.remove(join(spool, 'cam1', '1-1.ts'));
  assert.equal(await readdir(outside), ['1-1.ts']);
});

test('a file outside the spool belongs to the archive and stays', async () => {
  await using folder = await tempFolder();
  const [inside, outside] = [join(folder.path, 'live', '1-1.ts'), join(folder.path, '1-1.ts')];
  await mkdir(join(folder.path, 'live'));
  for (const file of [inside, outside]) await writeFile(file, '');
  const spool = new Spool(join(folder.path, 'live'), mediaDisk());
  for (const file of [inside, outside]) await spool.remove(file);
  assert.equal((await readdir(folder.path)).sort(), ['1-1.ts', 'live']);
  assert.equal(await readdir(join(folder.path, 'live')), []);
});

test('a file that waits to be recorded stays, and is deleted when it waits no longer', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'cam1', '1-1.ts');
  await mkdir(join(folder.path, 'cam1'));
  await writeFile(file, '');
  const spool = new Spool(folder.path, mediaDisk());
  spool.archiveNeeds({ held: [file], isSwept: true });
  await spool.remove(file);
  assert.equal(await readdir(join(folder.path, 'cam1')), ['1-1.ts']);
  spool.archiveNeeds({ held: [], isSwept: true });
  await eventually('the file is deleted', async () => (await readdir(join(folder.path, 'cam1'))).length === 0);
});

test('what an earlier run left stays until the archive has recorded it', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, 'cam1', '1-1.ts');
  await mkdir(join(folder.path, 'cam1'));
  await writeFile(file, '');
  await utimes(file, 0, 0);
  const spool = new Spool(folder.path, mediaDisk(), true);
  await spool.sweep(() => false);
  assert.equal(await readdir(join(folder.path, 'cam1')), ['1-1.ts']);
  spool.archiveNeeds({ held: [], isSwept: true });
  await spool.sweep(() => false);
  assert.equal(await readdir(join(folder.path, 'cam1')), []);
});

test('a missing spool is no error', async () => {
  await new Spool('/nowhere/at/all', mediaDisk()).sweep(() => false);
});

test.run();
