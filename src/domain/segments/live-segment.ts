import type { Segment } from './segment.ts';

/** A segment with its place among the discontinuities of the stream. */
export interface LiveSegment extends Segment {
  /** How many discontinuities stand before or at it, those of earlier owners included. */
  readonly discontinuities: number;
}

/**
 * Gives `segment` its place after `previous`, the last one of the stream on this server; `undefined` when it does not come
 * after it: numbers of an epoch only rise.
 *
 * @param claimed the count at the claim of the segment's epoch; see `countAtClaim`.
 */
export function follow(previous: LiveSegment | undefined, segment: Segment, claimed: number): LiveSegment | undefined {
  if (previous?.epoch !== segment.epoch) {
    const passed = Math.max(claimed, previous?.discontinuities ?? 0);
    return { ...segment, discontinuity: true, discontinuities: passed + 1 };
  }
  if (segment.number <= previous.number) return undefined;
  // A missing number means that a part of the timeline is missing, whatever the cause.
  const discontinuity = segment.discontinuity || segment.number !== previous.number + 1;
  return { ...segment, discontinuity, discontinuities: previous.discontinuities + (discontinuity ? 1 : 0) };
}
