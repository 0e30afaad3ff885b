import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { lookAtPack } from '../../../src/archive/pack/pack-facts.ts';
import type { IndexEntry } from '../../../src/archive/pack/pack-index.ts';
import { indexPath, mediaPath, readPack, readSegment } from '../../../src/archive/pack/pack-reading.ts';
import { damage, damaged } from '../../support/archive/damage.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { OPEN, PLACE, type TestSegment, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/pack/pack-reading', { deadlineMs: 60_000 });

const SEGMENTS = testSegments(6);

async function packOn(why: string) {
  const disk = new MemoryDisk();
  const { id } = await writePack(disk, SEGMENTS, { why });
  const index = indexPath(PLACE, id);
  const media = mediaPath(PLACE, id);
  const fileOf = (path: string) => disk.contents().get(path) ?? Buffer.alloc(0);
  return { disk, id, index, media, fileOf };
}

/** What is read of a segment, if it is whole. */
async function contentOf(disk: MemoryDisk, media: string, entry: IndexEntry): Promise<Buffer | undefined> {
  const read = await readSegment(disk, media, entry);
  return read.is === 'whole' ? read.bytes : undefined;
}

function original(number: number): TestSegment {
  const found = SEGMENTS.find((segment) => segment.number === number);
  if (found === undefined) throw new Error(`no segment ${number} was written`);
  return found;
}

test('a pack that was written is read, closed or not', async () => {
  for (const why of [OPEN, 'the hour is over']) {
    const { disk, id, media } = await packOn(why);
    const { entries, problems, closing, header } = await readPack(disk, PLACE, id);
    assert.equal(problems, []);
    assert.equal(header, id);
    assert.is(closing?.why, why === OPEN ? undefined : why);
    assert.is(entries.length, SEGMENTS.length);
    for (const entry of entries) {
      assert.equal(await contentOf(disk, media, entry), original(entry.number).content);
      assert.is(entry.startMs, original(entry.number).startMs);
    }
  }
});

test('whatever happens to the index, every segment is found, with its number and its time', async () => {
  const cases = fc.record({ damages: fc.array(damage, { minLength: 1, maxLength: 3 }), isOpen: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(cases, async ({ damages, isOpen }) => {
      const { disk, id, index, media, fileOf } = await packOn(isOpen ? OPEN : 'the hour is over');
      disk.tamper(index, damages.reduce(damaged, fileOf(index)));
      const { entries } = await readPack(disk, PLACE, id);
      assert.equal(
        entries.map(({ number, startMs, durationMs }) => ({ number, startMs, durationMs })),
        SEGMENTS.map(({ number, startMs, durationMs }) => ({ number, startMs, durationMs })),
      );
      for (const entry of entries) assert.equal(await contentOf(disk, media, entry), original(entry.number).content);
    }),
    { numRuns: 400 },
  );
});

test('without its index a pack is found in its media, and this is told', async () => {
  const { disk, id, index } = await packOn('the hour is over');
  disk.tamper(index, undefined);
  const { entries, problems, foundInMedia } = await readPack(disk, PLACE, id);
  assert.is(entries.length, 6);
  assert.is(foundInMedia, 6);
  assert.match(problems.join('\n'), `${index} is not there`);
  assert.match(problems.join('\n'), 'are in no index: 6 segments found');
});

test('whatever happens to the media, no damaged segment is read, and every whole one is', async () => {
  await fc.assert(
    fc.asyncProperty(damage, fc.boolean(), async (what, isOpen) => {
      const { disk, id, media, fileOf } = await packOn(isOpen ? OPEN : 'the hour is over');
      const before = fileOf(media);
      const after = damaged(before, what);
      disk.tamper(media, after);
      const { entries } = await readPack(disk, PLACE, id);
      let at = 0;
      for (const { number, content } of SEGMENTS) {
        const entry = entries.find((each) => each.number === number);
        const isThere = after.subarray(at, at + content.length).equals(content);
        const read = entry && (await contentOf(disk, media, entry));
        if (isThere) assert.equal(read, content, `${number}`);
        else if (read !== undefined && entry?.sha256 !== undefined) assert.unreachable(`${number} is not as it was`);
        at += content.length;
      }
    }),
    { numRuns: 400 },
  );
});

test('media that was cut off, as by a power loss, keeps the whole packets of its last segment', async () => {
  const { disk, id, media, fileOf } = await packOn(OPEN);
  const first = original(900).content.length;
  const second = original(901).content;
  disk.tamper(media, fileOf(media).subarray(0, first + 188 * 5 + 60));
  const { entries, problems } = await readPack(disk, PLACE, id);
  assert.equal(
    entries.map(({ number, bytes }) => [number, bytes]),
    [
      [900, first],
      [901, 188 * 5],
    ],
  );
  const [, last] = entries;
  assert.equal(last && (await contentOf(disk, media, last)), second.subarray(0, 188 * 5));
  assert.match(problems.join('\n'), '5 segments of its index lie beyond');
});

test('a look at both ends of the index tells the same as reading all of it', async () => {
  for (const why of [OPEN, 'the capture ended']) {
    const { disk, id, index, fileOf } = await packOn(why);
    const quick = await lookAtPack(disk, PLACE, id);
    assert.equal(quick.problems, []);
    disk.tamper(index, Buffer.concat([fileOf(index), Buffer.from('torn')]));
    const thorough = await lookAtPack(disk, PLACE, id);
    assert.ok(thorough.problems.length > 0);
    assert.equal(quick.facts, thorough.facts);
  }
});

test('an index without media, and an index whose content does not fit its name', async () => {
  const { disk, id, index, media, fileOf } = await packOn(OPEN);
  const other = { ...id, epoch: 18 };
  disk.tamper(indexPath(PLACE, other), fileOf(index));
  disk.tamper(mediaPath(PLACE, other), fileOf(media));
  const copied = await readPack(disk, PLACE, other);
  assert.is(copied.header.epoch, 18);
  assert.is(copied.entries.length, 6);
  disk.tamper(media, undefined);
  const { entries, problems } = await readPack(disk, PLACE, id);
  assert.equal(entries, []);
  assert.match(problems.join('\n'), `${media} is not there`);
  assert.is((await lookAtPack(disk, PLACE, id)).facts, undefined);
});

test.run();
