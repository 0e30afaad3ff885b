import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { Catalogue } from '../../../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../../../src/archive/catalogue/listed-segments.ts';
import { ColumnsWriter, columnsIn } from '../../../src/archive/pack/columns-line.ts';
import { indexText } from '../../../src/archive/pack/index-text.ts';
import { columnsOfEntries } from '../../../src/archive/pack/pack-columns.ts';
import type { IndexEntry, PackHeader } from '../../../src/archive/pack/pack-index.ts';
import { indexPath } from '../../../src/archive/pack/pack-reading.ts';
import { damage, damaged } from '../../support/archive/damage.ts';
import { MemoryDisk } from '../../support/archive/memory-disk.ts';
import { PLACE, START_MS, testSegments, writePack } from '../../support/archive/pack-fixture.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/pack/columns-line');

const HEADER: PackHeader = {
  ...{ stream: 'cam01', epoch: 17, firstNumber: 900, startMs: START_MS },
  ...{ home: 's02', server: 's01', segmentMs: 2000, isContinued: true },
};
const CLOSING = { sha256: 'ab'.repeat(32), home: 's02', epoch: 17, why: 'the hour is over' };

/** Segments one after the other in the media, some numbers left out, and a clock that may be set forward and back. */
const packs: fc.Arbitrary<readonly IndexEntry[]> = fc
  .array(
    fc.record({
      skipped: fc.nat(3),
      stepMs: fc.integer({ min: -100_000, max: 100_000 }),
      durationMs: fc.integer({ min: 1, max: 20_000 }),
      bytes: fc.integer({ min: 1, max: 10_000_000 }),
      sha256: fc.option(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 600 },
  )
  .map((rows) => {
    const next = { number: 900, startMs: START_MS, at: 0 };
    return rows.map(({ skipped, stepMs, durationMs, bytes, sha256 }) => {
      const entry = { number: next.number + skipped, startMs: next.startMs + stepMs, durationMs, at: next.at, bytes };
      next.number = entry.number + 1;
      next.startMs = entry.startMs + durationMs;
      next.at += bytes;
      return { ...entry, sha256: sha256?.toString(16).padStart(16, '0') };
    });
  });

function textOf(entries: readonly IndexEntry[]): Buffer {
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return Buffer.from(
    indexText(HEADER, { gaps: [], entries, closing: { ...CLOSING, bytes, segments: entries.length } }),
  );
}

test('the line says what the lines of the segments say', () => {
  fc.assert(
    fc.property(packs, (entries) => {
      const told = columnsIn(textOf(entries));
      assert.equal(told?.columns, columnsOfEntries(entries));
      assert.equal([told?.epoch, told?.firstNumber, told?.startMs, told?.isContinued], [17, 900, START_MS, true]);
      assert.is(
        told?.bytes,
        entries.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }),
  );
});

test('a damaged line is not read', () => {
  let readAll = 0;
  fc.assert(
    fc.property(packs, fc.array(damage, { minLength: 1, maxLength: 2 }), (entries, damages) => {
      let end = textOf(entries);
      for (const each of damages) end = damaged(end, each);
      const told = columnsIn(end);
      if (told === undefined) return;
      readAll += 1;
      assert.equal(told.columns, columnsOfEntries(entries));
    }),
    { numRuns: 500 },
  );
  assert.ok(readAll > 10, `${readAll} were read`);
});

test('segments that do not follow one another in the media, and a length that is none, are in no such line', () => {
  const entry = { number: 900, startMs: START_MS, durationMs: 2000, at: 0, bytes: 188 };
  const second = { ...entry, number: 901, startMs: START_MS + 2000, at: 188 };
  for (const wrong of [{ at: 376 }, { number: 900 }, { bytes: 2 ** 32 }, { durationMs: 0.5 }, { startMs: 5 }]) {
    const writer = new ColumnsWriter(HEADER);
    writer.add(entry);
    assert.match(writer.line(), /^#STREAMHERD-COLUMNS [0-9a-f]{8} \{/);
    writer.add({ ...second, ...wrong });
    assert.is(writer.line(), '', JSON.stringify(wrong));
  }
});

class CountingDisk extends MemoryDisk {
  readBytes = 0;

  override async read(path: string, at: number, bytes: number): Promise<Buffer> {
    const read = await super.read(path, at, bytes);
    this.readBytes += read.length;
    return read;
  }
}

const EVER = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };

async function listedOn(disk: MemoryDisk) {
  const onProblem = () => {};
  const catalogue = new Catalogue({ disk, server: 's01', onProblem });
  await catalogue.load(['/disk']);
  return new ListedSegments({ disk, catalogue, onProblem });
}

test('of a closed pack the end of its index is read, and all of it where the end is not as it should be', async () => {
  const disk = new CountingDisk();
  const { id } = await writePack(disk, testSegments(100));
  const path = indexPath(PLACE, id);
  const index = disk.contents().get(path) ?? Buffer.alloc(0);
  const reading = async () => {
    const listed = await listedOn(disk);
    disk.readBytes = 0;
    const blocks = await listed.blocks('cam01', EVER);
    return { blocks, readBytes: disk.readBytes };
  };
  const fast = await reading();
  assert.is(fast.blocks[0]?.numbers.length, 100);
  assert.ok(fast.readBytes < index.length / 2, `${fast.readBytes} of ${index.length} bytes were read`);
  const broken = Buffer.from(index);
  const at = broken.indexOf('"deflated":"') + 20;
  broken[at] = (broken[at] ?? 0) ^ 1;
  disk.tamper(path, broken);
  const careful = await reading();
  assert.ok(careful.readBytes > index.length, `${careful.readBytes} bytes were read`);
  assert.equal(careful.blocks, fast.blocks);
});

test.run();
