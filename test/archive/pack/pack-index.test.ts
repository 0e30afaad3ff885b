import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { checkedLine } from '../../../src/archive/pack/checked-line.ts';
import { ColumnsWriter } from '../../../src/archive/pack/columns-line.ts';
import { indexText } from '../../../src/archive/pack/index-text.ts';
import {
  closingLines,
  indexHead,
  isLongerThanAnnounced,
  type PackHeader,
  parseIndex,
  segmentLines,
} from '../../../src/archive/pack/pack-index.ts';
import {
  dayFolder,
  hourEndMs,
  hourFolder,
  packPath,
  packStem,
  parsePackStem,
} from '../../../src/archive/pack/pack-name.ts';
import { parseMediaPlaylist } from '../../../src/media/playlist.ts';
import '../../support/fixed-seed.ts';
import { ANY_CHARACTER } from '../../support/any-character.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/pack/pack-index');

const START_MS = Date.UTC(2026, 10, 22, 6, 0, 1);
const HEADER: PackHeader = {
  stream: 'hall/cam01',
  epoch: 17,
  firstNumber: 900,
  startMs: START_MS,
  home: 's02',
  server: 's01',
  segmentMs: 2000,
  keepMs: 86_400_000,
};
const ENTRIES = [0, 1, 2].map((index) => ({
  number: 900 + index,
  startMs: START_MS + index * 2000,
  durationMs: 2000,
  at: index * 1880,
  bytes: 1880,
  sha256: '0123456789abcdef',
}));
const GAPS = [{ fromMs: START_MS - 9000, untilMs: START_MS, why: 'the disk was full' }];
const CLOSING = { bytes: 5640, segments: 3, sha256: 'ab'.repeat(32), home: 's02', epoch: 17, why: 'the hour is over' };
const TEXT = indexText(HEADER, { gaps: GAPS, entries: ENTRIES, closing: CLOSING });

test('a pack lies in the folder of its hour in UTC, and its name identifies it', () => {
  assert.is(packPath(HEADER), `2026/11/22/06/17-900-${START_MS}`);
  assert.is(dayFolder(START_MS), '2026/11/22');
  assert.is(hourEndMs(START_MS), Date.UTC(2026, 10, 22, 7));
  assert.equal(parsePackStem(`17-900-${START_MS}`), { epoch: 17, firstNumber: 900, startMs: START_MS });
  for (const none of ['', 'x', '17-900', '017-900-1', '17-900-1-2', '17-900-999999999999999', '-1-2-3']) {
    assert.is(parsePackStem(none), undefined, none);
  }
});

test('every hour has a folder of its own, also where daylight saving time ends', () => {
  const hours = Array.from({ length: 48 }, (_, hour) => hourFolder(Date.UTC(2026, 9, 24, 12) + hour * 3_600_000));
  assert.is(new Set(hours).size, 48);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (epoch, firstNumber, startMs) => {
      const id = { epoch, firstNumber, startMs };
      assert.equal(parsePackStem(packStem(id)), id);
    }),
  );
});

test('an index is read as it was written, a part at a time or whole', () => {
  const columns = new ColumnsWriter(HEADER);
  for (const entry of ENTRIES) columns.add(entry);
  const parts =
    indexHead(HEADER, GAPS) +
    ENTRIES.map((entry) => segmentLines(HEADER, entry)).join('') +
    closingLines(CLOSING, columns.line());
  assert.is(parts, TEXT);
  assert.equal(parseIndex(TEXT), {
    header: HEADER,
    gaps: GAPS,
    entries: ENTRIES,
    closing: CLOSING,
    problems: [],
    isOfAnotherVersion: false,
  });
});

test('it is an HLS playlist by byte ranges, which any player reads', () => {
  const read = parseMediaPlaylist(TEXT);
  assert.ok(read.ok);
  assert.is(read.playlist.firstNumber, 900);
  assert.is(read.playlist.targetDurationS, 4);
  assert.equal(
    read.playlist.segments.map(({ uri, startMs, durationMs }) => [uri, startMs, durationMs]),
    ENTRIES.map(({ startMs, durationMs }) => [`${packStem(HEADER)}.ts`, startMs, durationMs]),
  );
  assert.match(TEXT, '#EXT-X-VERSION:4\n');
  assert.match(TEXT, '#EXT-X-BYTERANGE:1880@3760\n');
  assert.match(TEXT, '#EXT-X-ENDLIST\n');
});

test('the head announces the longest segment', () => {
  const long = ENTRIES.map((entry) => ({ ...entry, durationMs: 9600 }));
  assert.match(indexText(HEADER, { gaps: [], entries: long }), '#EXT-X-TARGETDURATION:10\n');
  assert.ok(isLongerThanAnnounced(HEADER, 4500));
  assert.not.ok(isLongerThanAnnounced(HEADER, 4400));
});

test('each wrong line is told with its number, and the rest is read', () => {
  const lines = TEXT.split('\n');
  const at = lines.findIndex((line) => line.includes('"number":901'));
  const damaged = lines.with(at, (lines[at] ?? '').replace('"at":1880', '"at":1881')).join('\n');
  const read = parseIndex(damaged);
  assert.equal(read.problems, [`line ${at + 1} is damaged: its check does not fit`]);
  assert.equal(
    read.entries.map(({ number }) => number),
    [900, 902],
  );
  const torn = parseIndex(TEXT.slice(0, -3));
  assert.is(torn.closing, undefined);
  assert.is(torn.entries.length, 3);
  assert.is(torn.problems.length, 2, torn.problems.join('; '));
});

test('an index of another version is not read at all, and the reason is told', () => {
  const later = indexHead(HEADER, []).replace(/#STREAMHERD-PACK .*/, () => `#STREAMHERD-PACK ${checkedLine({ v: 2 })}`);
  const read = parseIndex(later + segmentLines(HEADER, ENTRIES[0] ?? fail()));
  assert.ok(read.isOfAnotherVersion);
  assert.equal(read.entries, []);
  assert.match(read.problems[0] ?? '', 'is of version 2: expected 1');
});

test('any text is read without a throw, and a bounded number of problems is told', () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER, maxLength: 3000 }), (text) => {
      const read = parseIndex(text);
      assert.is(read.entries.length, 0);
      assert.ok(read.problems.length <= 20);
    }),
  );
});

function fail(): never {
  throw new Error('there is an entry');
}

test.run();
