import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { SegmentCache } from '../../../src/http/media/segment-cache.ts';
import { mediaDisk } from '../../../src/media/disk-places.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('http/media/segment-cache');

test('a file is read once, however many clients want it', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, '1-1.ts');
  await writeFile(file, 'first');
  const cache = new SegmentCache(mediaDisk());
  const [one, two] = await Promise.all([cache.read(file), cache.read(file)]);
  assert.is(one, two);
  await writeFile(file, 'second');
  assert.is((await cache.read(file))?.toString(), 'first');
  cache.delete(file);
  assert.is((await cache.read(file))?.toString(), 'second');
});

test('the file that was used longest ago goes first', async () => {
  await using folder = await tempFolder();
  const files = await Promise.all(
    [0, 1, 2, 3, 4].map(async (index) => {
      const file = join(folder.path, `1-${index}.ts`);
      await writeFile(file, Buffer.alloc(100));
      return file;
    }),
  );
  const cache = new SegmentCache(mediaDisk(), 400);
  const read = (index: number) => cache.read(files[index] ?? '');
  const before = [];
  for (const index of [0, 1, 2, 3]) before.push(await read(index));
  await read(0);
  await read(4);
  assert.is(await read(0), before[0], 'kept');
  assert.is.not(await read(1), before[1], 'dropped');
});

test('a missing file is undefined, and is looked for again', async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, '1-1.ts');
  const cache = new SegmentCache(mediaDisk());
  assert.is(await cache.read(file), undefined);
  await writeFile(file, 'now');
  assert.is((await cache.read(file))?.toString(), 'now');
});

test.run();
