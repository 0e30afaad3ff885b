import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { checkedLine, parseCheckedLine } from '../../../src/archive/pack/checked-line.ts';
import {
  completeSummary,
  goneLine,
  type PackFacts,
  parseSummary,
  summaryLine,
} from '../../../src/archive/pack/day-summary.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/pack/day-summary');

const DAY_MS = Date.UTC(2026, 10, 22);
const DAY = '2026/11/22';

function facts(hour: number): PackFacts {
  const startMs = DAY_MS + hour * 3_600_000;
  return {
    epoch: 17,
    firstNumber: 1000 + hour * 1800,
    startMs,
    lastNumber: 1000 + hour * 1800 + 1799,
    endMs: startMs + 3_600_000,
    bytes: 900_000_000,
    home: 's02',
    why: 'the hour is over',
    sha256: hour % 3 === 0 ? undefined : String(hour % 10).repeat(64),
    keepMs: 604_800_000,
    gaps: hour % 2 === 0 ? [] : [{ fromMs: startMs - 500, untilMs: startMs, why: 'the disk hung' }],
  };
}
const ALL = Array.from({ length: 24 }, (_, hour) => facts(hour));
const TEXT = ALL.map(summaryLine).join('');

test('packs that were written are read, without the packs that are gone', () => {
  assert.equal(parseSummary(DAY, TEXT), { packs: ALL, open: [], problems: [], isComplete: false });
  assert.equal(parseSummary(DAY, TEXT + goneLine(facts(3))).packs, ALL.toSpliced(3, 1));
  assert.equal(parseSummary(DAY, TEXT + goneLine(facts(3)) + summaryLine(facts(3))).packs.length, 24);
  assert.equal(parseSummary(DAY, ''), { packs: [], open: [], problems: [], isComplete: false });
});

test('a pack that was not closed is named, until it is closed or gone', () => {
  const { epoch, firstNumber, startMs } = facts(3);
  const open = summaryLine({ ...facts(3), why: undefined });
  assert.equal(parseSummary(DAY, open).open, [{ epoch, firstNumber, startMs }]);
  assert.equal(parseSummary(DAY, open + summaryLine(facts(3))).packs, [facts(3)]);
  assert.equal(parseSummary(DAY, open + summaryLine(facts(3))).open, []);
  assert.equal(parseSummary(DAY, open + goneLine(facts(3))).open, []);
});

test('a line of an earlier version, which says no hash, is read', () => {
  const { gaps, bytes, lastNumber, endMs, home, why, keepMs } = facts(3);
  const pack = '03/17-6400-1795316400000';
  const line = `${checkedLine({ v: 1, pack, lastNumber, endMs, bytes, home, why, keepMs, gaps })}\n`;
  assert.equal(parseSummary(DAY, line).packs, [{ ...facts(3), sha256: undefined }]);
});

test('a day that is over is one line, and counts as complete until a pack is added to it', () => {
  const packs = ALL.with(5, { ...facts(5), why: undefined });
  const text = completeSummary(packs);
  const read = parseSummary(DAY, text);
  assert.equal(read.packs, ALL.toSpliced(5, 1));
  assert.is(read.open[0]?.startMs, facts(5).startMs);
  assert.ok(read.isComplete);
  const less = parseSummary(DAY, text + goneLine(facts(6)));
  assert.equal([less.isComplete, less.packs.length], [true, 22]);
  assert.not.ok(parseSummary(DAY, text + summaryLine(facts(5))).isComplete);
  // Without its line break it is whole.
  for (let end = 0; end < text.length - 1; end += 1) assert.not.ok(parseSummary(DAY, text.slice(0, end)).isComplete);
});

test('a line of another version, or about another day, is told with its number and skipped', () => {
  const later = `${checkedLine({ v: 2, pack: 'x' })}\n`;
  const read = parseSummary(DAY, summaryLine(facts(0)) + later + summaryLine(facts(1)));
  assert.equal(read.problems, ['line 2 is not understood (version 2)']);
  assert.is(read.packs.length, 2);
  assert.match(
    parseSummary('2026/11/23', summaryLine(facts(0))).problems[0] ?? '',
    'line 1 names no pack of 2026/11/23',
  );
});

test('whatever happens to the file, all that is read of it is true, and what is not read is told', () => {
  const bytes = Buffer.from(TEXT);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(bytes.length), fc.integer({ min: 1, max: 255 }), (at, cut, flip) => {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      const { packs, problems } = parseSummary(DAY, damaged.subarray(0, cut).toString('utf8'));
      for (const pack of packs)
        assert.equal(
          pack,
          ALL.find(({ startMs }) => startMs === pack.startMs),
        );
      const lines = TEXT.slice(0, cut).split('\n').length - 1;
      if (packs.length < lines) assert.ok(problems.length > 0);
      assert.ok(packs.length >= lines - 2);
    }),
  );
});

test('a line is whole or it is not', () => {
  const line = checkedLine({ a: 1 });
  assert.equal(parseCheckedLine(line), { ok: true, value: { a: 1 } });
  for (const wrong of ['', line.slice(1), line.slice(0, -1), `${line} `, line.replace('1', '2'), '00000000 {"a":1}']) {
    assert.not.ok(parseCheckedLine(wrong).ok, wrong);
  }
});

test.run();
