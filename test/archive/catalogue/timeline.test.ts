import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { clip, type Interval, subtract, union } from '../../../src/archive/catalogue/intervals.ts';
import { type HeldPack, StreamPacks } from '../../../src/archive/catalogue/stream-packs.ts';
import { SEAM_MS, type TimelinePack, timelineOf } from '../../../src/archive/catalogue/timeline.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/catalogue/timeline');

const EVER = { fromMs: 0, untilMs: 1_000_000 };
const MOST = 60;

function pack(startMs: number, endMs: number, more: Partial<TimelinePack> = {}): TimelinePack {
  return {
    epoch: 1,
    firstNumber: startMs,
    lastNumber: endMs,
    startMs,
    endMs,
    bytes: 1,
    home: 's01',
    why: 'the hour is over',
    gaps: [],
    isAway: false,
    ...more,
  };
}

const intervals = fc
  .array(fc.tuple(fc.nat(MOST), fc.integer({ min: 1, max: 9 })), { maxLength: 12 })
  .map((all) => all.map(([fromMs, long]) => ({ fromMs, untilMs: fromMs + long })));
const bounds = fc.tuple(fc.nat(MOST), fc.nat(MOST)).map(([fromMs, long]) => ({ fromMs, untilMs: fromMs + long }));

/** The moments that are in any of them, one by one. */
function moments(all: readonly Interval[]): ReadonlySet<number> {
  const set = new Set<number>();
  for (const { fromMs, untilMs } of all) for (let at = fromMs; at < untilMs; at += 1) set.add(at);
  return set;
}

function assertTidy(all: readonly Interval[]): void {
  for (const [index, { fromMs, untilMs }] of all.entries()) {
    assert.ok(fromMs < untilMs);
    assert.ok(fromMs >= (all[index - 1]?.untilMs ?? 0));
  }
}

test('what was lost within a pack is a gap with its reason, and no reason before a pack takes a time of the pack', () => {
  const gaps = [
    { fromMs: 500, untilMs: 1200, why: 'no root could be written' },
    { fromMs: 4000, untilMs: 6000, why: 'its sector is lost' },
  ];
  const { ranges, gaps: told } = timelineOf([pack(1000, 9000, { gaps })], EVER);
  assert.equal(ranges, [
    { fromMs: 1000, untilMs: 4000 },
    { fromMs: 6000, untilMs: 9000 },
  ]);
  assert.equal(told, [{ fromMs: 4000, untilMs: 6000, why: 'its sector is lost' }]);
  // Another root has that time.
  assert.equal(timelineOf([pack(1000, 9000, { gaps }), pack(3000, 7000)], EVER).gaps, []);
});

test('union, subtract and clip of ranges agree with the same operations on single moments', () => {
  fc.assert(
    fc.property(intervals, intervals, bounds, (some, others, within) => {
      const one = union(some);
      const other = union(others);
      const left = subtract(one, other);
      for (const each of [one, left, clip(one, within)]) assertTidy(each);
      assert.equal(moments(one), moments(some));
      const expected = [...moments(some)].filter((at) => !moments(others).has(at));
      assert.equal([...moments(left)].sort(), expected.sort());
      const inside = [...moments(some)].filter((at) => at >= within.fromMs && at < within.untilMs);
      assert.equal([...moments(clip(one, within))].sort(), inside.sort());
    }),
  );
});

test('every moment between first and last is recorded, unavailable or a gap, and never two of these', () => {
  const packs = fc.array(fc.tuple(fc.nat(MOST), fc.integer({ min: 1, max: 9 }), fc.boolean()), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(packs, (all) => {
      const scale = 10 * SEAM_MS;
      const held = all.map(([from, long, isAway]) => pack(from * scale, (from + long) * scale, { isAway }));
      const { ranges, unavailable, gaps } = timelineOf(held, { fromMs: 0, untilMs: 1e9 });
      for (const each of [ranges, unavailable, gaps]) assertTidy(each);
      const first = Math.min(...held.map(({ startMs }) => startMs));
      const last = Math.max(...held.map(({ endMs }) => endMs));
      const sum = [...ranges, ...unavailable, ...gaps].reduce(
        (total, { fromMs, untilMs }) => total + untilMs - fromMs,
        0,
      );
      assert.is(sum, last - first);
      assert.is(union([...ranges, ...unavailable, ...gaps]).length, 1);
    }),
  );
});

test('a seam between packs is no gap; a longer time is a gap, with the reason why the pack before it ended', () => {
  const packs = [
    pack(0, 10_000),
    pack(10_000 + SEAM_MS, 20_000, { why: 'its source does not answer' }),
    pack(30_000, 40_000, { gaps: [{ fromMs: 25_000, untilMs: 30_000, why: 'the disk was full' }] }),
    pack(50_000, 60_000),
  ];
  const { ranges, gaps } = timelineOf(packs, EVER);
  assert.equal(
    ranges.map(({ fromMs, untilMs }) => [fromMs, untilMs]),
    [
      [0, 20_000],
      [30_000, 40_000],
      [50_000, 60_000],
    ],
  );
  assert.equal(
    gaps.map(({ why }) => why),
    ['the disk was full', 'the hour is over'],
  );
  assert.is(
    timelineOf(
      [packs[0], packs[1], packs[3]].flatMap((each) => each ?? []),
      EVER,
    ).gaps[0]?.why,
    'its source does not answer',
  );
});

test('a search by time finds the packs that a look at each one finds, in whatever order they were added', () => {
  const all = fc.uniqueArray(fc.tuple(fc.nat(MOST), fc.integer({ min: 1, max: 9 })), {
    maxLength: 15,
    selector: ([start]) => start,
  });
  fc.assert(
    fc.property(all, bounds, (list, within) => {
      const packs = new StreamPacks();
      const held: readonly HeldPack[] = list.map(([from, long]) => ({ ...pack(from, from + long), root: '/disk' }));
      for (const each of held) packs.put(each);
      for (const each of held) packs.put({ ...each, bytes: 2 });
      assert.is(packs.all.length, held.length);
      const expected = held.filter(({ startMs, endMs }) => startMs < within.untilMs && endMs > within.fromMs);
      assert.equal(
        packs.between(within).map(({ startMs }) => startMs),
        expected.map(({ startMs }) => startMs).sort((one, other) => one - other),
      );
      for (const each of held.slice(1)) assert.ok(packs.remove(each));
      assert.is(packs.all.length, Math.min(1, held.length));
    }),
  );
});

test.run();
