import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { checkOf } from '../../../src/archive/pack/checked-line.ts';
import { columnsOf } from '../../../src/archive/pack/index-columns.ts';
import { hashAt } from '../../../src/archive/pack/pack-columns.ts';
import {
  closingLines,
  indexHead,
  type PackHeader,
  parseIndex,
  segmentLines,
} from '../../../src/archive/pack/pack-index.ts';
import { damage, damaged } from '../../support/archive/damage.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/pack/index-columns');

const START_MS = Date.UTC(2026, 10, 22, 6, 0, 1);
const HEADER: PackHeader = {
  stream: 'Übung/cam01',
  epoch: 17,
  firstNumber: 900,
  startMs: START_MS,
  home: 's02',
  server: 's01',
  segmentMs: 2000,
  isContinued: true,
};
const ENTRIES = Array.from({ length: 20 }, (_, index) => ({
  number: 900 + index + Math.floor(index / 7),
  startMs: START_MS + index * 2000,
  durationMs: 1960 + index,
  at: index * 188,
  bytes: 188,
  sha256: '0123456789abcdef',
}));
const CLOSING = { bytes: 3760, segments: 20, sha256: 'ab'.repeat(32), home: 's02', epoch: 17, why: 'the hour is over' };
const OPEN = indexHead(HEADER, []) + ENTRIES.map((entry) => segmentLines(HEADER, entry)).join('');

test('the check of a line is the CRC-32 that other programs know', () => {
  const bytes = Buffer.from('123456789');
  assert.is(checkOf(bytes, 0, bytes.length), 0xcbf4_3926);
});

test('an index as the recorder writes it is read whole, open and closed', () => {
  const closed = columnsOf(Buffer.from(OPEN + closingLines(CLOSING)));
  assert.equal(closed?.header, HEADER);
  assert.equal(closed?.closing, CLOSING);
  assert.is(closed?.bytes, 3760);
  assert.equal(
    Array.from(closed?.columns.numbers ?? []),
    ENTRIES.map(({ number }) => number),
  );
  assert.equal(columnsOf(Buffer.from(OPEN))?.closing, undefined);
  assert.equal(columnsOf(Buffer.from(OPEN))?.columns, closed?.columns);
});

test('from a damaged index the fast reading gives what the careful reading finds, or nothing', () => {
  let readAll = 0;
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 2 }), (damages) => {
      let index: Buffer = Buffer.from(OPEN + closingLines(CLOSING));
      for (const each of damages) index = damaged(index, each);
      const read = columnsOf(index);
      if (read === undefined) return;
      readAll += 1;
      const careful = parseIndex(index.toString());
      assert.equal(read.header, careful.header);
      assert.equal(read.closing, careful.closing);
      assert.equal(
        Array.from(read.columns.numbers, (number, at) => ({
          number,
          startMs: read.columns.startsMs[at],
          durationMs: read.columns.durationsMs[at],
          at: read.columns.ats[at],
          bytes: read.columns.bytes[at],
          sha256: hashAt(read.columns, at),
        })),
        careful.entries,
      );
    }),
    { numRuns: 500 },
  );
  assert.ok(readAll > 10, `${readAll} were read`);
});

test.run();
