import type { PackFacts } from '../pack/day-summary.ts';
import type { Gap } from '../pack/pack-index.ts';
import { clip, type Interval, subtract, union } from './intervals.ts';

/** Starts of segments are rounded and drawn towards the clock: packs that follow one another may lie so far apart. */
export const SEAM_MS = 500;
const UNKNOWN_WHY = 'there is no recording of this time here, and no reason is known';

export interface TimelinePack extends PackFacts {
  /** Its root is offline, or its server is: it cannot be read now. */
  readonly isAway: boolean;
}

/** What is recorded of a stream's time. The three lists are in order, and no time is in two of them. */
export interface Timeline {
  readonly ranges: readonly Interval[];
  /** Recorded, but not available now. */
  readonly unavailable: readonly Interval[];
  /** Between the first recording and the last. */
  readonly gaps: readonly Gap[];
}

/** @param packs in any order. */
export function timelineOf(packs: readonly TimelinePack[], bounds: Interval): Timeline {
  const there = union(packs.filter(({ isAway }) => !isAway).flatMap(recordedTimes), SEAM_MS);
  const away = subtract(union(packs.filter(({ isAway }) => isAway).flatMap(recordedTimes), SEAM_MS), there);
  const all = union([...there, ...away], SEAM_MS);
  const first = all.at(0);
  const last = all.at(-1);
  const whole = first === undefined || last === undefined ? [] : [{ fromMs: first.fromMs, untilMs: last.untilMs }];
  const whyOf = reasonsOf(packs);
  return {
    ranges: clip(there, bounds),
    unavailable: clip(away, bounds).filter(isMoreThanASeam),
    gaps: clip(subtract(whole, all), bounds).map((gap) => ({ ...gap, why: whyOf(gap) })),
  };
}

/** What the pack behind a gap says of it, or else why the pack before it ended. */
function reasonsOf(packs: readonly TimelinePack[]): (gap: Interval) => string {
  const told = packs.flatMap(({ gaps }) => gaps);
  const byEnd = packs.toSorted((one, other) => one.endMs - other.endMs);
  return (gap) => {
    const known = told.find(({ fromMs, untilMs }) => fromMs < gap.untilMs && untilMs > gap.fromMs);
    return known?.why ?? byEnd[countEnded(byEnd, gap.fromMs + SEAM_MS) - 1]?.why ?? UNKNOWN_WHY;
  };
}

/** How many have ended by then. */
function countEnded(byEnd: readonly TimelinePack[], atMs: number): number {
  let low = 0;
  let high = byEnd.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((byEnd[middle]?.endMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Without what was lost within it. Its other gaps are before it. */
export function recordedTimes({
  startMs,
  endMs,
  gaps,
}: Pick<PackFacts, 'startMs' | 'endMs' | 'gaps'>): readonly Interval[] {
  const time = { fromMs: startMs, untilMs: endMs };
  const within = gaps.filter(({ fromMs, untilMs }) => fromMs >= startMs && untilMs <= endMs);
  return within.length === 0 ? [time] : subtract([time], union(within));
}

function isMoreThanASeam({ fromMs, untilMs }: Interval): boolean {
  return untilMs - fromMs > SEAM_MS;
}
