import type { LiveSegment } from '../domain/segments/live-segment.ts';
import { type Bandwidth, peakBpsOf } from './multivariant-playlist.ts';
import { type MediaPlaylist, targetDurationS } from './playlist.ts';
import { segmentName } from './segment-name.ts';

/** A segment may leave a list only if it still holds so many target durations afterwards (RFC 8216 §6.2.2). */
const LISTED_TARGET_DURATIONS = 3;
/** Other servers serve their last copy of our list while they wait for a new owner; its segments must be there. */
export const HELD_LIST_MS = 15_000;
/** Bound of what one stream keeps fetchable, whatever the durations. */
export const MAX_KEPT_SEGMENTS = 128;
/** Announced before anything has been measured. */
const UNKNOWN_BANDWIDTH: Bandwidth = { peakBps: 4_000_000 };

interface Kept {
  readonly segment: LiveSegment;
  /** When it left the list. */
  leftAtMs?: number;
}

/**
 * The live window of one stream on one server: the segments that its playlist lists now, and those that were listed a
 * moment ago and must stay fetchable. Time is passed in.
 *
 * - Listed segments are of one epoch and without a gap in their numbers. A list says only its first number, so after a jump
 *   of the numbers (ffmpeg was restarted some seconds later) the list begins again: the same URL under two numbers
 *   would be fatal to hls.js.
 * - A segment that left the list stays fetchable for its own duration plus that of the longest list (RFC 8216 §6.2.2).
 * - The target duration is the configured one. A camera whose key frames are further apart yields longer segments, and a list
 *   with one of them would be illegal. Then the target duration rises, and stays. The RFC allows no change of it; players
 *   read it at every poll and only slow down, while a segment above it is an error to Apple's players. The alternatives are
 *   worse: cutting between key frames breaks every start of playback, and head room for any camera adds its latency to all.
 */
export class LiveWindow {
  #listed: LiveSegment[] = [];
  readonly #kept = new Map<string, Kept>();
  #longestListMs = 0;
  #targetDurationS: number;
  readonly #window: number;
  /** Made once for each change of the list, whatever the number of players. */
  #playlist: MediaPlaylist | undefined;

  /** `window`: how many segments the list holds, unless the RFC demands more. */
  constructor({ segmentMs, window }: { readonly segmentMs: number; readonly window: number }) {
    this.#targetDurationS = targetDurationS(segmentMs);
    this.#window = window;
  }

  /** The newest segment that is listed. */
  get newest(): LiveSegment | undefined {
    return this.#listed.at(-1);
  }

  /** Segments come in the order that `follow` accepts. */
  add(segment: LiveSegment, nowMs: number): void {
    const newest = this.newest;
    if (newest && (segment.epoch !== newest.epoch || segment.number !== newest.number + 1)) this.retire(nowMs);
    this.#playlist = undefined;
    this.#listed.push(segment);
    this.#kept.set(segmentName(segment), { segment });
    this.#targetDurationS = Math.max(this.#targetDurationS, Math.round(segment.durationMs / 1000));
    this.#trim(nowMs);
    this.#longestListMs = Math.max(this.#longestListMs, this.#listedMs());
  }

  /** Empties the list: the stream has moved, or its numbers jump. */
  retire(nowMs: number): void {
    for (const segment of this.#listed) this.#leave(segment, nowMs);
    this.#listed = [];
    this.#playlist = undefined;
  }

  /** The media playlist, with relative URIs; `undefined` while there is nothing to list. The same object until it changes. */
  playlist(): MediaPlaylist | undefined {
    this.#playlist ??= this.#makePlaylist();
    return this.#playlist;
  }

  #makePlaylist(): MediaPlaylist | undefined {
    const first = this.#listed[0];
    if (!first) return undefined;
    return {
      targetDurationS: this.#targetDurationS,
      firstNumber: first.number,
      discontinuitySequence: first.discontinuities - (first.discontinuity ? 1 : 0),
      segments: this.#listed.map((segment) => ({
        uri: segmentName(segment),
        durationMs: segment.durationMs,
        startMs: segment.startMs,
        discontinuity: segment.discontinuity,
      })),
    };
  }

  /** The segment by that name, listed or still fetchable. */
  find(name: string): LiveSegment | undefined {
    return this.#kept.get(name)?.segment;
  }

  /** Forgets the segments that no player may ask for any more, and returns them. */
  expire(nowMs: number): LiveSegment[] {
    const expired: LiveSegment[] = [];
    const excess = this.#kept.size - MAX_KEPT_SEGMENTS;
    for (const [name, { segment, leftAtMs }] of this.#kept) {
      if (leftAtMs === undefined) continue;
      const fetchableMs = segment.durationMs + this.#longestListMs + HELD_LIST_MS;
      if (nowMs - leftAtMs < fetchableMs && expired.length >= excess) continue;
      this.#kept.delete(name);
      expired.push(segment);
    }
    return expired;
  }

  bandwidth(): Bandwidth {
    const bytes = this.#listed.reduce((sum, segment) => sum + segment.bytes, 0);
    const ms = this.#listedMs();
    if (ms === 0) return UNKNOWN_BANDWIDTH;
    const averageBps = Math.ceil((bytes * 8000) / ms);
    return { peakBps: Math.max(averageBps, peakBpsOf(this.#listed, this.#targetDurationS * 1000)), averageBps };
  }

  #trim(nowMs: number): void {
    const listMs = LISTED_TARGET_DURATIONS * this.#targetDurationS * 1000;
    for (let first = this.#listed[0]; first; first = this.#listed[0]) {
      const isTooMany = this.#listed.length > MAX_KEPT_SEGMENTS / 2;
      const isFull = this.#listed.length > this.#window && this.#listedMs() - first.durationMs >= listMs;
      if (!isTooMany && !isFull) return;
      this.#leave(first, nowMs);
      this.#listed.shift();
    }
  }

  #leave(segment: LiveSegment, nowMs: number): void {
    const kept = this.#kept.get(segmentName(segment));
    if (kept) kept.leftAtMs ??= nowMs;
  }

  #listedMs(): number {
    return this.#listed.reduce((sum, segment) => sum + segment.durationMs, 0);
  }
}
