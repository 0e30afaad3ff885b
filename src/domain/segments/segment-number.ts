import type { RecordedNumbers } from '../records/owner-record.ts';

/**
 * The media sequence numbers of a stream across owners (SPEC, *Numbers in playlists*).
 *
 * They are counted from here, and not from 1970: so those of the shortest segments (0.5 s) stay below 2^31, which is where players
 * that count with 32 bits end, until 2059.
 */
export const NUMBERS_SINCE_MS = Date.UTC(2025, 0, 1);
/** For short segments: each run of ffmpeg begins with one. */
const HEAD_ROOM = 100;

/** What decides the number that a run of ffmpeg begins with. */
export interface NumberHints {
  readonly nowUnixMs: number;
  readonly segmentMs: number;
  /** Highest number that this server knows of, from any owner. */
  readonly highestNumber: number | undefined;
  /** What the record demands that its claim has replaced; see `numberAtClaim`. */
  readonly nextNumber: number | undefined;
}

/**
 * The number of the next segment: near the time divided by the segment duration, so that a new owner needs nothing from a dead
 * one, and above every number that is known to have been used: players hang when numbers go back.
 */
export function startNumber({ nowUnixMs, segmentMs, highestNumber, nextNumber }: NumberHints): number {
  const ofClock = Math.floor((nowUnixMs - NUMBERS_SINCE_MS) / segmentMs);
  return Math.max(ofClock, (highestNumber ?? -1) + 1, nextNumber ?? 0);
}

/** The number above all that the owners up to `recorded`, the record that a claim replaces, may have used; 0: there is none. */
export function numberAtClaim(
  recorded: RecordedNumbers | undefined,
  { nowUnixMs, segmentMs }: Pick<NumberHints, 'nowUnixMs' | 'segmentMs'>,
): number {
  if (recorded === undefined) return 0;
  const { nextNumber, isFinal, since } = recorded;
  if (isFinal) return nextNumber ?? 0;
  // The owner is of an earlier version, which counts from 1970.
  if (nextNumber === undefined) return Math.ceil(nowUnixMs / segmentMs);
  const hadItMs = nowUnixMs - Date.parse(since);
  return nextNumber + (hadItMs > 0 ? Math.ceil(hadItMs / segmentMs) : 0) + HEAD_ROOM;
}
