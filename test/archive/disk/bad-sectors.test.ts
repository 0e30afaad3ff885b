import * as assert from 'uvu/assert';
import { BLOCK_BYTES } from '../../../src/archive/disk/aligned-buffers.ts';
import { overwriteBadSectors, readingAround } from '../../../src/archive/disk/bad-sectors.ts';
import { BadSectors } from '../../support/archive/bad-sectors.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/disk/bad-sectors');

const FILE = '/disk/file';
const pace = async () => {};

/** A file that has its own number in each byte of a block, and ends within its last one. */
function made(blocks: number): { readonly disk: MemoryDisk; readonly bad: BadSectors; readonly content: Buffer } {
  const disk = new MemoryDisk();
  const content = Buffer.concat(Array.from({ length: blocks }, (_, block) => Buffer.alloc(BLOCK_BYTES, block + 1)));
  disk.tamper(FILE, content.subarray(0, -100));
  return { disk, bad: new BadSectors(disk), content: content.subarray(0, -100) };
}

test('what is read around a bad sector has zeros in its place, wherever the read begins and ends', async () => {
  const { disk, bad, content } = made(5);
  bad.add(FILE, 2 * BLOCK_BYTES);
  bad.add(FILE, 4 * BLOCK_BYTES);
  const reads = readingAround(disk);
  for (const [at, bytes] of [
    [0, content.length],
    [500, 3 * BLOCK_BYTES],
    [2 * BLOCK_BYTES + 10, 20],
  ] as const) {
    const wanted = Buffer.from(content)
      .fill(0, 2 * BLOCK_BYTES, 3 * BLOCK_BYTES)
      .fill(0, 4 * BLOCK_BYTES);
    assert.equal(await reads.read(FILE, at, bytes), wanted.subarray(at, at + bytes));
  }
});

test('bad sectors are overwritten, and nothing else', async () => {
  const { disk, bad, content } = made(300);
  const lost = [7, 258, 299];
  for (const block of lost) bad.add(FILE, block * BLOCK_BYTES);
  await overwriteBadSectors(disk, FILE, pace);
  assert.ok(bad.isNone);
  const now = disk.contentOf(FILE) ?? Buffer.alloc(0);
  for (const block of lost) content.fill(0, block * BLOCK_BYTES, Math.min((block + 1) * BLOCK_BYTES, content.length));
  assert.equal(now.subarray(0, content.length), content);
  assert.is(now.length, 300 * BLOCK_BYTES);
});

test('a disk that cannot read most of a file is not written: it cannot be reached', async () => {
  const { disk, bad, content } = made(300);
  for (let block = 0; block < 300; block += 2) bad.add(FILE, block * BLOCK_BYTES);
  const problem = await overwriteBadSectors(disk, FILE, pace).catch((error: unknown) => error);
  assert.match(String(problem), 'EIO');
  assert.equal(disk.contentOf(FILE), content);
});

test('another error than that of a sector is no bad sector', async () => {
  const { disk } = made(3);
  disk.faults.unreadable.set(FILE, 'EACCES');
  const problem = await readingAround(disk)
    .read(FILE, 0, 100)
    .catch((error: unknown) => error);
  assert.match(String(problem), 'EACCES');
});

test.run();
