/**
 * Gives the segments of one capture their start by this server's clock.
 *
 * ffmpeg's own dates are the moment it opened its output plus the durations since: late by what it had read before (a second
 * and more), and off by whatever the source's clock drifts. What is known here is when each segment was closed. A live
 * source delivers its frames as they happen, so a segment began its duration before that; but closing is noticed late now
 * and then, and an HLS source delivers several segments in one burst. So the first segment is placed by the clock, the
 * next ones follow without a gap, and the difference to the clock is worked off slowly. Starts strictly increase.
 */
export interface ClosedSegment {
  /** Unix milliseconds at which the segment was seen closed. */
  readonly closedAtMs: number;
  readonly durationMs: number;
}

/** The most that a start is moved, as a share of the segment's duration: players take that as jitter. */
const MAX_SLEW = 0.05;
/** Falling further behind the clock than this is a hole in the media, which the dates must show. */
const MAX_BEHIND_MS = 5000;

export class SegmentClock {
  #nextMs: number | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** Unix milliseconds, whole. */
  startOf({ closedAtMs, durationMs }: ClosedSegment): number {
    const seenMs = closedAtMs - durationMs;
    const placedMs = this.#nextMs === undefined ? seenMs : this.#follow(this.#nextMs, seenMs, durationMs);
    const startMs = Math.max(Math.round(placedMs), this.#lastMs + 1);
    this.#lastMs = startMs;
    this.#nextMs = startMs + durationMs;
    return startMs;
  }

  #follow(expectedMs: number, seenMs: number, durationMs: number): number {
    const behindMs = seenMs - expectedMs;
    if (behindMs > MAX_BEHIND_MS) return seenMs;
    const slewMs = durationMs * MAX_SLEW;
    return expectedMs + Math.min(Math.max(behindMs, -slewMs), slewMs);
  }
}
