import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { FolderInUseError, lockFolder } from '../../../src/host/disk/folder-lock.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('host/disk/folder-lock');

const MODULE = new URL('../../../src/host/disk/folder-lock.js', import.meta.url).href;

/** Another process that holds the folder until it is killed, with a child that outlives it. */
async function holder(path: string) {
  const script = `
    const { lockFolder } = await import(${JSON.stringify(MODULE)});
    const { spawn } = await import('node:child_process');
    await lockFolder(${JSON.stringify(path)});
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    console.log('held ' + child.pid);
    setInterval(() => {}, 60_000);
  `;
  const child = execa(process.execPath, ['--input-type=module', '-e', script], { reject: false, stdin: 'ignore' });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const orphan = await eventually('it is held', () => Number(/held (\d+)\n/.exec(text)?.[1]) || undefined);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await child;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await child;
      process.kill(orphan, 'SIGKILL');
    },
  };
}

async function refused(path: string): Promise<boolean> {
  try {
    await using _ = await lockFolder(path);
    return false;
  } catch (error) {
    assert.instance(error, FolderInUseError);
    return true;
  }
}

test('one process holds a folder, under whatever path, until that process dies, also if its children live', async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, 'a/b');
  await using other = await holder(path);
  assert.ok(await refused(path));
  await symlink(path, join(folder.path, 'link'));
  assert.ok(await refused(join(folder.path, 'link')));
  await rename(path, join(folder.path, 'moved'));
  assert.ok(await refused(join(folder.path, 'moved')));
  assert.not(await refused(path), 'a folder of its own, made where the other was');
  await other.kill();
  assert.not(await refused(join(folder.path, 'moved')));
});

test('a lock that was given back can be taken again, a folder that cannot be made is an error of its own', async () => {
  await using folder = await tempFolder();
  for (let round = 0; round < 2; round++) {
    await using _ = await lockFolder(folder.path);
    assert.ok(await refused(folder.path), 'not even the same process takes it twice');
  }
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  try {
    await lockFolder(join(file, 'below'));
    assert.unreachable();
  } catch (error) {
    assert.not.instance(error, FolderInUseError);
  }
});

test.run();
