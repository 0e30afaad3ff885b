import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { mergedParts } from '../../../src/archive/playback/merged-parts.ts';
import { following, type NumberedList, numbered, numberedFrom } from '../../../src/archive/playback/numbered-list.ts';
import {
  firstOf,
  type RecordedPart,
  type SegmentKey,
  startMsOf,
  withinTime,
} from '../../../src/archive/playback/recorded-part.ts';
import '../../support/fixed-seed.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/playback/numbered-list');

const SEGMENT_MS = 2000;

interface Run {
  readonly epoch: number;
  readonly first: number;
  readonly count: number;
  readonly startMs: number;
  readonly isContinued: boolean;
}

/** What owners recorded of a stream one after the other: runs of segments, with numbers left out and times without any. */
const runs = fc
  .array(
    fc.record({
      count: fc.integer({ min: 1, max: 12 }),
      leftOut: fc.integer({ min: 0, max: 200 }),
      pauseMs: fc.integer({ min: 0, max: 30_000 }),
      isNewOwner: fc.boolean(),
      isContinued: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) => {
    const found: Run[] = [];
    let next = { epoch: 3, number: 1000, atMs: 100_000 };
    for (const { count, leftOut, pauseMs, isNewOwner, isContinued } of all) {
      const follows = !isNewOwner && isContinued && found.length > 0;
      const first = next.number + (follows ? 0 : leftOut);
      const startMs = next.atMs + (follows ? 0 : pauseMs);
      const epoch = next.epoch + (isNewOwner ? 1 : 0);
      found.push({ epoch, first, count, startMs, isContinued: follows });
      next = { epoch, number: first + count, atMs: startMs + count * SEGMENT_MS };
    }
    return found;
  });

function partOf({ epoch, first, count, startMs, isContinued }: Run): RecordedPart {
  const startsMs = Array.from({ length: count }, (_, index) => startMs + index * SEGMENT_MS);
  const columns = { epoch, firstNumber: first, startsMs, durationsMs: startsMs.map(() => SEGMENT_MS) };
  return { columns, at: 0, count, isContinued, isAvailable: true, server: 's01' };
}

function endMs(all: readonly Run[]): number {
  const last = all.at(-1);
  return last === undefined ? 0 : last.startMs + last.count * SEGMENT_MS;
}

/** What is listed: each segment with its number in the list and the number of its timeline, as players count them. */
function told(list: NumberedList): readonly { id: string; sequence: number; timeline: number; isAvailable: boolean }[] {
  let sequence = list.firstSequence;
  let timeline = list.discontinuitySequence;
  return list.parts.flatMap((part) => {
    if (part.discontinuity) timeline += 1;
    return Array.from({ length: part.count }, (_, index) => {
      const { epoch, number } = firstOf(part);
      sequence += 1;
      return { id: `${epoch}-${number + index}`, sequence: sequence - 1, timeline, isAvailable: part.isAvailable };
    });
  });
}

/** The numbers of all that two lists have in common are the same. */
function assertAgree(one: NumberedList, other: NumberedList, message: string): void {
  const known = new Map(told(one).map((segment) => [segment.id, segment]));
  for (const { id, sequence, timeline } of told(other)) {
    const before = known.get(id);
    if (before !== undefined) {
      assert.equal({ id, sequence, timeline }, { id, sequence: before.sequence, timeline: before.timeline }, message);
    }
  }
}

function windowAt(parts: readonly RecordedPart[], untilMs: number, windowMs: number): readonly RecordedPart[] {
  return parts.flatMap((part) => withinTime(part, { fromMs: untilMs - windowMs, untilMs }) ?? []);
}

function since(parts: readonly RecordedPart[], fromMs: number, untilMs: number): readonly RecordedPart[] {
  return parts.flatMap((part) => withinTime(part, { fromMs, untilMs }) ?? []);
}

function keyOf([first]: readonly RecordedPart[]): SegmentKey | undefined {
  return first && firstOf(first);
}

/** As a server does: with all that there is since what it listed last. */
function follow(list: NumberedList, parts: readonly RecordedPart[], untilMs: number, windowMs: number): NumberedList {
  const [first] = list.parts;
  const window = windowAt(parts, untilMs, windowMs);
  return following(list, first === undefined ? window : since(parts, startMsOf(first), untilMs), keyOf(window));
}

test('a list that moves on keeps the number of each segment, and another server gives the same numbers from the anchor', () => {
  const cases = fc.tuple(
    runs,
    fc.integer({ min: 4000, max: 60_000 }),
    fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 12 }),
  );
  fc.assert(
    fc.property(cases, ([all, windowMs, steps]) => {
      const parts = mergedParts(all.map(partOf));
      let untilMs = (all[0]?.startMs ?? 0) + SEGMENT_MS;
      let list = numbered(windowAt(parts, untilMs, windowMs));
      const [first] = list.parts;
      if (first === undefined) throw new Error('the first window is empty');
      const anchor = { ...firstOf(first), startMs: startMsOf(first) };
      for (const step of steps) {
        untilMs += step;
        const window = windowAt(parts, untilMs, windowMs);
        const next = follow(list, parts, untilMs, windowMs);
        assertAgree(list, next, 'from poll to poll');
        assert.ok(next.firstSequence >= list.firstSequence, 'the sequence goes back');
        assert.ok(next.discontinuitySequence >= list.discontinuitySequence, 'the discontinuity sequence goes back');
        const all = since(parts, anchor.startMs, untilMs);
        const elsewhere = following(numberedFrom(anchor, all), all, keyOf(window));
        if (window.length > 0) assert.equal(told(elsewhere), told(next), 'on another server');
        list = next;
      }
    }),
  );
});

test('a list that moves on lists no segment twice and leaves none out of its window', () => {
  fc.assert(
    fc.property(runs, fc.integer({ min: 4000, max: 60_000 }), (all, windowMs) => {
      const parts = mergedParts(all.map(partOf));
      let list = numbered([]);
      for (let untilMs = 100_000; untilMs < endMs(all) + windowMs; untilMs += 3000) {
        const window = windowAt(parts, untilMs, windowMs);
        list = follow(list, parts, untilMs, windowMs);
        if (window.length === 0) continue;
        assert.equal(
          told(list).map(({ id }) => id),
          told(numbered(window)).map(({ id }) => id),
        );
      }
    }),
  );
});

test('segments that retention removed meanwhile move the numbers of an anchored list forward, never back', () => {
  fc.assert(
    fc.property(runs, fc.nat(7), (all, removed) => {
      const parts = mergedParts(all.map(partOf));
      const [first] = parts;
      if (first === undefined) return;
      const anchor = { ...firstOf(first), startMs: startMsOf(first) };
      const whole = numberedFrom(anchor, parts);
      const left = parts.slice(Math.min(removed, parts.length - 1));
      const later = numberedFrom(anchor, left);
      const known = new Map(told(whole).map((segment) => [segment.id, segment]));
      for (const { id, sequence } of told(later)) assert.ok(sequence >= (known.get(id)?.sequence ?? 0), id);
    }),
  );
});

test('listed segments that are no longer available stay listed, and segments that appear late are not put in between', () => {
  const [one, two, three] = [
    partOf({ epoch: 3, first: 10, count: 4, startMs: 0, isContinued: false }),
    partOf({ epoch: 4, first: 120, count: 4, startMs: 8000, isContinued: false }),
    partOf({ epoch: 5, first: 240, count: 4, startMs: 16_000, isContinued: false }),
  ];
  const list = numbered([one, three]);
  const front = firstOf(one);
  const late = following(list, mergedParts([one, two, three]), front);
  assert.equal(told(late), told(list));
  const gone = following(list, [one], front);
  assert.equal(
    told(gone).map(({ isAvailable }) => isAvailable),
    [true, true, true, true, false, false, false, false],
  );
  assert.equal(told(following(gone, [one, three], front)), told(list));
  const partly = following(list, [{ ...one, count: 2 }, three], front);
  assert.equal(
    told(partly).map(({ isAvailable }) => isAvailable),
    [true, true, false, false, true, true, true, true],
  );
  assertAgree(list, partly, 'where the middle is gone');
});

test.run();
