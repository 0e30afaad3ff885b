import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import type { PartRun } from '../../media/low-latency/low-latency-window.ts';
import type { LiveStream } from '../media/live-stream.ts';
import type { MediaStreams } from '../media/media-streams.ts';
import { LowLatencyStream } from './low-latency-stream.ts';

/** What the media worker knows of streams with low latency: their parts, and which connection carries which capture. */
export class LowLatencyStreams {
  readonly #streams: MediaStreams;
  /** One that was removed and defined again is another. */
  readonly #low = new Map<LiveStream, LowLatencyStream>();
  readonly #runs = new Map<number, PartRun>();

  constructor(streams: MediaStreams) {
    this.#streams = streams;
  }

  /** `undefined`: there is no such stream. */
  of(name: string): LowLatencyStream | undefined {
    const stream = this.#streams.named(name);
    if (stream === undefined) return undefined;
    const low = this.#low.get(stream) ?? new LowLatencyStream(stream, this.#streams.live);
    this.#low.set(stream, low);
    return low;
  }

  /** Said before the connection that carries the run is there. */
  tapBegins(id: number, run: PartRun): void {
    this.#runs.set(id, run);
  }

  tapEnds(id: number): void {
    this.#runs.delete(id);
  }

  runOf(id: number): PartRun | undefined {
    return this.#runs.get(id);
  }

  written(segment: LiveSegment, nowMs: number): void {
    const low = this.of(segment.stream);
    low?.window.written(segment, nowMs);
    low?.wake();
  }

  moved(name: string, nowMs: number): void {
    const stream = this.#streams.named(name);
    const low = stream && this.#low.get(stream);
    if (stream?.place.at === 'elsewhere') low?.window.retire(nowMs);
    low?.wake();
  }

  expire(nowMs: number): void {
    for (const [stream, low] of this.#low) {
      if (this.#streams.named(stream.name) === stream) low.window.expire(nowMs);
      else this.#low.delete(stream);
    }
  }
}
