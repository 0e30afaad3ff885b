import * as assert from 'uvu/assert';
import { BoundedDisk } from '../../../src/archive/disk/bounded-disk.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/disk/bounded-disk');

const ROOTS = ['/disk1', '/disk1/inner', '/disk2'];

/** With all that is asked below `path` and is not answered. */
async function hangingBelow(path: string) {
  const memory = new MemoryDisk();
  for (const root of [...ROOTS, '/live']) await memory.makeFolder(root);
  memory.faults.hangs.add(path);
  const asked: string[] = [];
  const names = memory.names.bind(memory);
  memory.names = (folder) => {
    asked.push(folder);
    return names(folder);
  };
  return { disk: new BoundedDisk(memory, ROOTS), memory, asked };
}

test('a root that hangs occupies only its own places, however many calls it gets', async () => {
  const { disk, asked } = await hangingBelow('/disk2');
  for (let index = 0; index < 50; index += 1) void disk.names('/disk2/cam01');
  for (const path of ['/disk1', '/disk1/inner', '/live']) assert.ok(await disk.names(path), path);
  assert.is(asked.filter((path) => path.startsWith('/disk2')).length, 4);
});

test('the live folder has places of its own, and so has a root within another root', async () => {
  const live = await hangingBelow('/live');
  for (let index = 0; index < 50; index += 1) void live.disk.names('/live/cam01');
  await live.disk.append('/disk1/inner/file', 'x');
  assert.is(live.asked.length, 2);
  const inner = await hangingBelow('/disk1/inner');
  for (let index = 0; index < 50; index += 1) void inner.disk.names('/disk1/inner');
  await inner.disk.append('/disk1/file', 'x');
  assert.is(inner.asked.length, 4);
});

test('writes to an open file use the places of its root', async () => {
  const { disk, memory } = await hangingBelow('/nowhere');
  const file = await disk.create('/disk2/file');
  memory.faults.hangs.add('/disk2');
  for (let index = 0; index < 50; index += 1) void file.write(Buffer.from('x'), index);
  void file.sync();
  await disk.append('/disk1/file', 'x');
  memory.faults.hangs.clear();
  assert.is(memory.contents().get('/disk2/file')?.length, 0);
});

test.run();
