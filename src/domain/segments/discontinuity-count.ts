import type { RecordedNumbers } from '../records/owner-record.ts';

/**
 * EXT-X-DISCONTINUITY-SEQUENCE across owners (SPEC, *Numbers in playlists*).
 *
 * It must never go back, so a new owner has to begin at what the one before it had reached or above; and it must stay small: hls.js 1.7
 * walks through an array of that length for every fragment, so that a count derived from the clock or from the segment's number,
 * which would need nothing from a dead owner, freezes the browser.
 */
export interface CountHints {
  /** Of the record that the claim replaces; `undefined`: there is none. */
  readonly recorded: RecordedNumbers | undefined;
  /** The highest that any owner, this server too, has been heard to count. */
  readonly heard: number | undefined;
  readonly nowUnixMs: number;
}

/**
 * For what a lost owner counted after it was heard last. Reports take 0.2 s, and one that is lost is said again within 15 s;
 * in that time a capture that fails is started again three times (after 1, 2 and 5 s).
 */
export const HEAD_ROOM = 3;
/** If the claiming server has heard nothing of the lost owner's capture, it adds a discontinuity for each such time of that ownership. */
const UNHEARD_MS = 3_600_000;
/** A bound, so that a clock that is wrong by decades does not use up the numbers. */
const MAX_UNHEARD = 24 * 366;
/** Centuries of an unstable camera. A higher count was not counted: an earlier version derived it from a segment's number. */
export const MAX_DISCONTINUITIES = 1_000_000;

/** What a claim begins to count at. */
export function countAtClaim({ recorded, heard = 0, nowUnixMs }: CountHints): number {
  const count = recorded?.discontinuities ?? 0;
  if (recorded?.isFinal === true && recorded.discontinuities !== undefined) return bounded(Math.max(count, heard));
  // Every capture counts its first segment: more than at the claim was heard from the lost owner itself.
  if (heard > count) return bounded(heard + HEAD_ROOM);
  if (recorded === undefined) return 0;
  const hadItMs = nowUnixMs - Date.parse(recorded.since);
  const unheard = recorded.isFinal || !(hadItMs > 0) ? 0 : Math.min(Math.ceil(hadItMs / UNHEARD_MS), MAX_UNHEARD);
  return bounded(count + unheard + HEAD_ROOM);
}

function bounded(count: number): number {
  return Math.min(count, MAX_DISCONTINUITIES);
}
