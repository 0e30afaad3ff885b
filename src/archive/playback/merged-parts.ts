import { compareKeys, firstOf, lastOf, type RecordedPart, withNumbers } from './recorded-part.ts';

/** Numbers of one epoch, from the first to the last, both included. */
interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The segments of all servers, each once, in the order of the numbers. An epoch has one owner, so what two servers have under one
 * epoch and number is the same segment. If one of them does not answer, the other one gives the segment.
 *
 * @param parts those that are preferred first.
 */
export function mergedParts(parts: readonly RecordedPart[]): readonly RecordedPart[] {
  const taken = new Map<number, NumberRange[]>();
  const available = eachOnce(
    parts.filter(({ isAvailable }) => isAvailable),
    taken,
  );
  const others = eachOnce(
    parts.filter(({ isAvailable }) => !isAvailable),
    taken,
  );
  if (others.length === 0) return available;
  return [...available, ...others].sort((one, other) => compareKeys(firstOf(one), firstOf(other)));
}

function eachOnce(parts: readonly RecordedPart[], taken: Map<number, NumberRange[]>): readonly RecordedPart[] {
  const found: RecordedPart[] = [];
  for (const part of parts.toSorted((one, other) => compareKeys(firstOf(one), firstOf(other)))) {
    const { epoch } = part.columns;
    const ranges = taken.get(epoch) ?? [];
    taken.set(epoch, ranges);
    for (const { first, last } of left({ first: firstOf(part).number, last: lastOf(part).number }, ranges)) {
      const piece = withNumbers(part, first, last);
      if (piece === undefined) continue;
      found.push(piece);
      take(ranges, { first, last });
    }
  }
  return found;
}

/** The parts of `range` that are in none of `without`, which are in order and do not overlap. */
function left(range: NumberRange, without: readonly NumberRange[]): readonly NumberRange[] {
  const found: NumberRange[] = [];
  let { first } = range;
  for (const { first: from, last: to } of without) {
    if (to < first || from > range.last) continue;
    if (from > first) found.push({ first, last: from - 1 });
    first = to + 1;
  }
  if (first <= range.last) found.push({ first, last: range.last });
  return found;
}

/** Keeps `ranges` in order; `range` overlaps none of them. */
function take(ranges: NumberRange[], range: NumberRange): void {
  let at = ranges.length;
  while (at > 0 && (ranges[at - 1]?.first ?? 0) > range.first) at -= 1;
  const before = ranges[at - 1];
  if (before !== undefined && before.last + 1 === range.first) {
    ranges[at - 1] = { first: before.first, last: range.last };
  } else ranges.splice(at, 0, range);
}
