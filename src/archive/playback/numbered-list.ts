import type { ListAnchor } from './list-anchor.ts';
import {
  compareKeys,
  firstOf,
  lastOf,
  type RecordedPart,
  type SegmentKey,
  startMsOf,
  withNumbers,
} from './recorded-part.ts';

export interface NumberedPart extends RecordedPart {
  /** EXT-X-DISCONTINUITY stands before it. */
  readonly discontinuity: boolean;
}

/**
 * A list with its numbers (SPEC, *Playback*). A list is counted from its first segment, whose number it begins with: the segments
 * behind it follow one by one, so their numbers in the list are not their own where an owner has left some out.
 */
export interface NumberedList {
  /** EXT-X-MEDIA-SEQUENCE */
  readonly firstSequence: number;
  /** EXT-X-DISCONTINUITY-SEQUENCE */
  readonly discontinuitySequence: number;
  readonly parts: readonly NumberedPart[];
}

/** A time of which nothing is known any more counts one discontinuity for each such span, as in `countAtClaim`. */
const UNKNOWN_MS = 3_600_000;

/** Counted from the first of `parts`. */
export function numbered(parts: readonly RecordedPart[], discontinuitySequence = 0): NumberedList {
  const [first] = parts;
  return {
    firstSequence: first === undefined ? 0 : firstOf(first).number,
    discontinuitySequence,
    parts: withDiscontinuities(parts, undefined),
  };
}

/**
 * Counted from the anchor.
 *
 * @param parts all since the anchor. Where the first ones have been removed meanwhile, the list begins at the number that it would
 * have at most, so it does not go back.
 */
export function numberedFrom(anchor: ListAnchor, parts: readonly RecordedPart[]): NumberedList {
  const from = parts.flatMap((part) => partFrom(part, anchor) ?? []);
  const [first] = from;
  if (first === undefined || compareKeys(firstOf(first), anchor) === 0) return numbered(from);
  const unknownMs = Math.max(0, startMsOf(first) - anchor.startMs);
  return numbered(from, 1 + Math.ceil(unknownMs / UNKNOWN_MS));
}

/**
 * The list that follows `last` for a player that has it: listed segments keep their numbers, and none is put in between. Listed
 * segments that are no longer available stay in it, marked as unavailable.
 *
 * @param parts all that there is now since the first of `last`: also what came and went between two polls is counted.
 * @param front the first that is listed; what stands before it has left the list.
 */
export function following(
  last: NumberedList,
  parts: readonly RecordedPart[],
  front: SegmentKey | undefined,
): NumberedList {
  const newest = last.parts.at(-1);
  if (newest === undefined && parts.length > 0) {
    return following(numbered(parts, last.discontinuitySequence), parts, front);
  }
  if (newest === undefined || front === undefined) return last;
  const behind = parts.flatMap((part) => partBehind(part, lastOf(newest)) ?? []);
  return withoutBefore(
    { ...last, parts: [...renewed(last.parts, parts), ...withDiscontinuities(behind, newest)] },
    front,
  );
}

/** How many segments and discontinuities have left the list is in its numbers. */
function withoutBefore(list: NumberedList, key: SegmentKey): NumberedList {
  let { firstSequence, discontinuitySequence } = list;
  const parts: NumberedPart[] = [];
  for (const part of list.parts) {
    const left = partFrom(part, key);
    if (left?.count === part.count) parts.push(part);
    else {
      if (left !== undefined) parts.push({ ...left, discontinuity: false });
      firstSequence += part.count - (left?.count ?? 0);
      discontinuitySequence += part.discontinuity ? 1 : 0;
    }
  }
  return { firstSequence, discontinuitySequence, parts };
}

function partFrom(part: RecordedPart, key: SegmentKey): RecordedPart | undefined {
  if (compareKeys(firstOf(part), key) >= 0) return part;
  return part.columns.epoch === key.epoch ? withNumbers(part, key.number, lastOf(part).number) : undefined;
}

function partBehind(part: RecordedPart, key: SegmentKey): RecordedPart | undefined {
  if (compareKeys(firstOf(part), key) > 0) return part;
  return part.columns.epoch === key.epoch ? withNumbers(part, key.number + 1, lastOf(part).number) : undefined;
}

/** What was listed, each segment as it is found now. */
function renewed(listed: readonly NumberedPart[], parts: readonly RecordedPart[]): NumberedPart[] {
  return listed.flatMap((old) => {
    const found: NumberedPart[] = [];
    let next = firstOf(old).number;
    const end = lastOf(old).number;
    const add = (piece: RecordedPart | undefined) => {
      if (piece !== undefined) found.push({ ...piece, discontinuity: found.length === 0 && old.discontinuity });
    };
    const gone = (to: number) => add(withNumbers({ ...old, isAvailable: false }, next, to));
    for (const part of parts) {
      if (part.columns.epoch !== old.columns.epoch) continue;
      const piece = withNumbers(part, next, end);
      if (piece === undefined) continue;
      gone(firstOf(piece).number - 1);
      add(piece);
      next = lastOf(piece).number + 1;
    }
    gone(end);
    return found;
  });
}

function withDiscontinuities(
  parts: readonly RecordedPart[],
  before: RecordedPart | undefined,
): readonly NumberedPart[] {
  let last = before;
  return parts.map((part) => {
    const discontinuity = last !== undefined && !isContinuationOf(last, part);
    last = part;
    return { ...part, discontinuity };
  });
}

function isContinuationOf(before: RecordedPart, part: RecordedPart): boolean {
  const last = lastOf(before);
  const first = firstOf(part);
  return part.isContinued && last.epoch === first.epoch && last.number + 1 === first.number;
}
