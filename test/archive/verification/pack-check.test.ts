import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { indexPath, mediaPath, readPack } from '../../../src/archive/pack/pack-reading.ts';
import { checkPack, type RottenPart } from '../../../src/archive/verification/pack-check.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, SEGMENT_MS, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/verification/pack-check', { deadlineMs: 60_000 });

const SEGMENTS = testSegments(6);
const pace = async () => {};

async function closedPack() {
  const disk = new MemoryDisk();
  const { id } = await writePack(disk, SEGMENTS);
  return { disk, id, media: mediaPath(PLACE, id), index: indexPath(PLACE, id) };
}

function changed(disk: MemoryDisk, path: string, change: (bytes: Buffer) => Buffer): void {
  disk.tamper(path, change(Buffer.from(disk.contents().get(path) ?? [])));
}

function flipped(at: number, mask = 0x10): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes[at] = (bytes[at] ?? 0) ^ mask;
    return bytes;
  };
}

/** Of the segments by their place in the pack, from 0. */
function part(first: number, last: number): RottenPart {
  const fromMs = START_MS + first * SEGMENT_MS;
  return { firstNumber: 900 + first, lastNumber: 900 + last, fromMs, untilMs: START_MS + (last + 1) * SEGMENT_MS };
}

/** First byte of the segment in the media. */
function startOf(index: number): number {
  return SEGMENTS.slice(0, index).reduce((sum, { content }) => sum + content.length, 0);
}

test('an unchanged pack is read to its last byte, and no damage is found', async () => {
  const { disk, id } = await closedPack();
  assert.equal(await checkPack({ disk, place: PLACE, id, pace }), { readBytes: startOf(6), rotten: [], problems: [] });
});

test('a changed byte of the media makes its segment rotten and no other', async () => {
  const bytes = fc.integer({ min: 0, max: startOf(6) - 1 });
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const { disk, id, media } = await closedPack();
      changed(disk, media, flipped(at, mask));
      const index = SEGMENTS.findIndex((_, each) => at < startOf(each + 1));
      const { rotten, problems } = await checkPack({ disk, place: PLACE, id, pace });
      assert.equal([rotten, problems], [[part(index, index)], []]);
    }),
    { numRuns: 300 },
  );
});

test('a changed byte of the index makes no segment rotten: every segment is still known, and the damage is told', async () => {
  const { disk: written, index: indexFile } = await closedPack();
  const length = written.contents().get(indexFile)?.length ?? 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const { disk, id, index } = await closedPack();
      changed(disk, index, flipped(at, mask));
      assert.equal((await checkPack({ disk, place: PLACE, id, pace })).rotten, []);
      assert.is((await readPack(disk, PLACE, id)).entries.length, 6);
    }),
    { numRuns: 300 },
  );
});

test('if a line of the index and the bytes that it describes are both damaged, only that segment counts as rotten', async () => {
  const { disk, id, media, index } = await closedPack();
  changed(disk, media, flipped(startOf(2) + 900));
  changed(disk, index, (bytes) => Buffer.from(bytes.toString().replace('"number":902', '"number":962')));
  const { rotten, problems } = await checkPack({ disk, place: PLACE, id, pace });
  assert.equal(rotten, [part(2, 2)]);
  assert.match(problems.join('\n'), 'its check does not fit');
});

test('media that is missing at the end of a file is rotten, as one time', async () => {
  const { disk, id, media } = await closedPack();
  changed(disk, media, (bytes) => bytes.subarray(0, startOf(3) + 10));
  const { rotten } = await checkPack({ disk, place: PLACE, id, pace });
  assert.equal(rotten, [part(3, 5)]);
});

test('extra bytes at the end of a media file are told, and no segment is rotten', async () => {
  const { disk, id, media, index } = await closedPack();
  changed(disk, media, (bytes) => Buffer.concat([bytes, Buffer.alloc(188, 0x47)]));
  assert.equal((await checkPack({ disk, place: PLACE, id, pace })).rotten, []);
  // And a hash of the whole that does not fit where every segment does.
  const { disk: other, id: sameId } = await closedPack();
  const { closing } = await readPack(other, PLACE, id);
  changed(other, index, (bytes) => Buffer.from(bytes.toString().replace(`${closing?.sha256}`, 'f'.repeat(64))));
  assert.match(
    (await checkPack({ disk: other, place: PLACE, id: sameId, pace })).problems.join(),
    'its check does not fit',
  );
});

test('a place of the disk that cannot be read counts as rotten like a changed one, and the rest is read', async () => {
  const { disk, id } = await closedPack();
  const read = disk.read.bind(disk);
  disk.read = async (path, at, bytes) => {
    if (path.endsWith('.ts') && at <= startOf(4) && at + bytes > startOf(4))
      throw Object.assign(new Error('bad sector'), { code: 'EIO' });
    return read(path, at, bytes);
  };
  assert.equal((await checkPack({ disk, place: PLACE, id, pace })).rotten, [part(4, 4)]);
});

test.run();
