import type { SegmentBlock } from '../archive-calls.ts';
import type { Interval } from '../catalogue/intervals.ts';

/** Segments of one epoch whose numbers follow one another, as columns. It is never changed, so its text can be kept. */
export interface Columns {
  readonly epoch: number;
  readonly firstNumber: number;
  /** Unix milliseconds. */
  readonly startsMs: ArrayLike<number>;
  readonly durationsMs: ArrayLike<number>;
  /** Absent: not known, as of a server that does not answer. */
  readonly bytes?: ArrayLike<number>;
}

/** Some of `columns`, one after the other, as a list has them. */
export interface RecordedPart {
  readonly columns: Columns;
  /** The place of its first segment in `columns`. */
  readonly at: number;
  readonly count: number;
  /** No discontinuity is between its first segment and the one with the number before it. */
  readonly isContinued: boolean;
  /** Some server has it and answers. */
  readonly isAvailable: boolean;
  /** That has it. */
  readonly server: string;
}

export interface SegmentKey {
  readonly epoch: number;
  readonly number: number;
}

export function firstOf({ columns, at }: RecordedPart): SegmentKey {
  return { epoch: columns.epoch, number: columns.firstNumber + at };
}

export function lastOf({ columns, at, count }: RecordedPart): SegmentKey {
  return { epoch: columns.epoch, number: columns.firstNumber + at + count - 1 };
}

/**
 * The order of a stream's segments. Numbers rise from owner to owner. So do epochs, but they begin again at 1 when the bus has lost its data, and
 * numbers do not.
 */
export function compareKeys(one: SegmentKey, other: SegmentKey): number {
  return one.number - other.number || one.epoch - other.epoch;
}

export function startMsOf({ columns, at }: RecordedPart): number {
  return columns.startsMs[at] ?? 0;
}

export function endMsOf({ columns, at, count }: RecordedPart): number {
  const last = at + count - 1;
  return (columns.startsMs[last] ?? 0) + (columns.durationsMs[last] ?? 0);
}

/** The parts of a block: one, unless a number is missing in it. */
export function partsOf(block: SegmentBlock, server: string, isAvailable = true): readonly RecordedPart[] {
  const parts: RecordedPart[] = [];
  const { epoch, numbers, startsMs, durationsMs, bytes } = block;
  for (let from = 0, at = 1; at <= numbers.length; at += 1) {
    const before = numbers[at - 1] ?? 0;
    if (at < numbers.length && numbers[at] === before + 1) continue;
    const isWhole = from === 0 && at === numbers.length;
    const columns = {
      epoch,
      firstNumber: numbers[from] ?? 0,
      startsMs: isWhole ? startsMs : startsMs.slice(from, at),
      durationsMs: isWhole ? durationsMs : durationsMs.slice(from, at),
      bytes: isWhole ? bytes : bytes.slice(from, at),
    };
    const isContinued = from === 0 && block.isContinued;
    parts.push({ columns, at: 0, count: at - from, isContinued, isAvailable, server });
    from = at;
  }
  return parts;
}

/** The segments of the part with the numbers `from` to `to`, both included; `undefined`: none. */
export function withNumbers(part: RecordedPart, from: number, to: number): RecordedPart | undefined {
  const first = firstOf(part).number;
  const skipped = Math.max(0, from - first);
  const count = Math.min(to, lastOf(part).number) - first - skipped + 1;
  if (count <= 0) return undefined;
  if (skipped === 0 && count === part.count) return part;
  return { ...part, at: part.at + skipped, count, isContinued: skipped > 0 || part.isContinued };
}

/** The segments of the part that lie at least partly within `bounds`. */
export function withinTime(part: RecordedPart, { fromMs, untilMs }: Interval): RecordedPart | undefined {
  const { startsMs, durationsMs } = part.columns;
  const first = firstOf(part).number;
  const skipped = countWhile(part, (index) => (startsMs[index] ?? 0) + (durationsMs[index] ?? 0) <= fromMs);
  const begun = countWhile(part, (index) => (startsMs[index] ?? 0) < untilMs);
  return begun > skipped ? withNumbers(part, first + skipped, first + begun - 1) : undefined;
}

/** How many segments at the beginning are so; times rise within a part. */
function countWhile({ at, count }: RecordedPart, isSo: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(at + middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
