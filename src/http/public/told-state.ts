import { isDeepStrictEqual } from 'node:util';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import { MAX_KEPT_SEGMENTS } from '../../media/live-window.ts';
import type { PartRun } from '../../media/low-latency/low-latency-window.ts';
import type { MediaServer } from '../media/media-streams.ts';
import type { Readiness, ToMediaWorker } from './media-messages.ts';

interface ToldStream {
  place: StreamPlace | undefined;
  /** The newest segments, as many as a window may keep: what a new worker needs. */
  readonly segments: LiveSegment[];
}

/**
 * All that the media worker was told about the herd, kept for the next worker. Each method returns the message about the change for the
 * present worker; `undefined`: there is nothing to tell.
 */
export class ToldState {
  readonly #streams = new Map<string, ToldStream>();
  readonly #taps = new Map<number, PartRun>();
  #servers: readonly MediaServer[] = [];
  #readiness: Readiness = { ready: false, why: 'this server is starting: it has not joined its herd yet' };

  place(stream: string, place: StreamPlace): ToMediaWorker | undefined {
    const told = this.#of(stream);
    // Views are refreshed far more often than they change, and each change wakes every poll that is held.
    if (isDeepStrictEqual(told.place, place)) return undefined;
    told.place = place;
    return { type: 'stream', stream, place };
  }

  remove(stream: string): ToMediaWorker {
    this.#streams.delete(stream);
    return { type: 'forget', stream };
  }

  /** `undefined`: its number does not rise, and it is ignored. */
  segment(segment: LiveSegment): ToMediaWorker | undefined {
    const { segments } = this.#of(segment.stream);
    const last = segments.at(-1);
    const isNext = last === undefined || segment.epoch > last.epoch;
    if (!isNext && (segment.epoch < last.epoch || segment.number <= last.number)) return undefined;
    segments.push(segment);
    if (segments.length > MAX_KEPT_SEGMENTS) segments.shift();
    return { type: 'segment', segment };
  }

  /** @param run absent: the connection carries nothing more. */
  tap(id: number, run?: PartRun): ToMediaWorker {
    if (run === undefined) this.#taps.delete(id);
    else this.#taps.set(id, run);
    return { type: 'tap', id, ...(run && { run }) };
  }

  servers(servers: readonly MediaServer[]): ToMediaWorker {
    this.#servers = servers;
    return { type: 'servers', servers };
  }

  readiness(readiness: Readiness): ToMediaWorker | undefined {
    if (isDeepStrictEqual(this.#readiness, readiness)) return undefined;
    this.#readiness = readiness;
    return { type: 'readiness', readiness };
  }

  /** The whole state, for a new worker. */
  *all(): Generator<ToMediaWorker> {
    yield { type: 'readiness', readiness: this.#readiness };
    yield { type: 'servers', servers: this.#servers };
    for (const [stream, { place, segments }] of this.#streams) {
      if (place) yield { type: 'stream', stream, place };
      for (const segment of segments) yield { type: 'segment', segment };
    }
    for (const [id, run] of this.#taps) yield { type: 'tap', id, run };
  }

  #of(stream: string): ToldStream {
    const told = this.#streams.get(stream) ?? { place: undefined, segments: [] };
    this.#streams.set(stream, told);
    return told;
  }
}
