/** What decides the media sequence number that a run of ffmpeg begins with. */
export interface NumberHints {
  readonly nowUnixMs: number;
  readonly segmentMs: number;
  /** Highest number that this server knows of, from any owner. */
  readonly highestNumber: number | undefined;
  /** What the previous owner left in the vacated record. */
  readonly nextNumber: number | undefined;
}

/**
 * The number of the next segment: near `unix time ÷ segment duration`, so that a new owner needs nothing from a dead one and
 * hls.js's clock stays sane, and above every number that is known to have been used: players hang when numbers go back.
 */
export function startNumber({ nowUnixMs, segmentMs, highestNumber, nextNumber }: NumberHints): number {
  return Math.max(Math.floor(nowUnixMs / segmentMs), (highestNumber ?? -1) + 1, nextNumber ?? 0);
}
