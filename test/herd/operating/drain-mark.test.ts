import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { DrainMark } from '../../../src/herd/operating/drain-mark.ts';
import { HangingDisk } from '../../support/hanging-disk.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('herd/operating/drain-mark');

test('a drain is remembered by the next process, until it is taken back', async () => {
  await using folder = await tempFolder();
  const next = () => new DrainMark(folder.path).isSet();
  assert.is(await next(), false);
  const mark = new DrainMark(folder.path);
  assert.is(await mark.set(true), undefined);
  assert.is(await next(), true);
  assert.is(await mark.set(true), undefined);
  assert.is(await mark.set(false), undefined);
  assert.is(await mark.set(false), undefined, 'also one that was none');
  assert.is(await next(), false);
});

test('the last change counts, however fast changes come', async () => {
  await using folder = await tempFolder();
  const mark = new DrainMark(folder.path);
  const words = Array.from({ length: 50 }, (_, index) => mark.set(index % 2 === 1));
  assert.equal([...new Set(await Promise.all(words))], [undefined]);
  assert.is(await new DrainMark(folder.path).isSet(), true);
});

test('a drain that cannot be written down is told', async () => {
  await using folder = await tempFolder();
  assert.match((await new DrainMark(join(folder.path, 'nowhere')).set(true)) ?? '', /^ENOENT/);
});

const CANNOT_MOUNT = await HangingDisk.whyNot();
if (CANNOT_MOUNT !== undefined) test.skip('a disk that does not answer', CANNOT_MOUNT);
else {
  test('a disk that does not answer is told', async () => {
    await using folder = await tempFolder();
    await using _disk = await HangingDisk.over(folder.path);
    assert.is(await new DrainMark(folder.path, 20).set(true), 'its disk does not answer');
  });
}

test.run();
