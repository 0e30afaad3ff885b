/** A time, in Unix milliseconds; `untilMs` is the first that is no longer in it. */
export interface Interval {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** In order, those that overlap or are no further apart than `seamMs` as one. */
export function union(intervals: readonly Interval[], seamMs = 0): readonly Interval[] {
  const joined: { fromMs: number; untilMs: number }[] = [];
  for (const { fromMs, untilMs } of intervals.toSorted((one, other) => one.fromMs - other.fromMs)) {
    const last = joined.at(-1);
    if (last !== undefined && fromMs <= last.untilMs + seamMs) last.untilMs = Math.max(last.untilMs, untilMs);
    else joined.push({ fromMs, untilMs });
  }
  return joined;
}

/** The parts of `intervals` that are in none of `without`. Both lists are in order, without overlaps within a list. */
export function subtract(intervals: readonly Interval[], without: readonly Interval[]): readonly Interval[] {
  const left: Interval[] = [];
  for (const { fromMs, untilMs } of intervals) {
    let at = fromMs;
    for (const taken of without) {
      if (taken.untilMs <= at || taken.fromMs >= untilMs) continue;
      if (taken.fromMs > at) left.push({ fromMs: at, untilMs: taken.fromMs });
      at = taken.untilMs;
    }
    if (at < untilMs) left.push({ fromMs: at, untilMs });
  }
  return left;
}

/** The parts of `intervals` that lie within `bounds`. */
export function clip(intervals: readonly Interval[], bounds: Interval): readonly Interval[] {
  return intervals.flatMap(({ fromMs, untilMs }) => {
    const clipped = { fromMs: Math.max(fromMs, bounds.fromMs), untilMs: Math.min(untilMs, bounds.untilMs) };
    return clipped.fromMs < clipped.untilMs ? [clipped] : [];
  });
}
