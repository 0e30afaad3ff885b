import type { Segment } from '../../domain/segments/segment.ts';

/** What a segment is recorded as. */
export interface Recording {
  /** The server where the recording belongs. */
  readonly home: string;
  readonly segmentMs: number;
  readonly keepMs?: number | undefined;
}

export interface WaitingSegment {
  readonly segment: Segment;
  readonly recording: Recording;
  /** On the monotonic clock. */
  readonly sinceMs: number;
}

/** Bytes of the live folder that wait for the archive, of all streams together. */
export interface WaitingBytes {
  bytes: number;
  readonly maxBytes: number;
}

/** A segment that waits longer is lost to the archive. */
export const MAX_WAITING_MS = 60_000;

export type Work =
  | ({ readonly type: 'segment' } & WaitingSegment)
  | { readonly type: 'end'; readonly why: string }
  | { readonly type: 'sync' };

/**
 * The work for one stream, in order. Segments wait as files in the live folder; this queue holds their names. When there are too many,
 * the oldest are given up: their files are the first that the live folder deletes.
 */
export class WaitingSegments {
  readonly #shared: WaitingBytes;
  readonly #lose: (segment: Segment, why: string) => void;
  #work: Work[] = [];
  #waitingMs = 0;

  constructor(shared: WaitingBytes, lose: (segment: Segment, why: string) => void) {
    this.#shared = shared;
    this.#lose = lose;
  }

  get isEmpty(): boolean {
    return this.#work.length === 0;
  }

  add(work: Work, why: string): void {
    if (work.type === 'sync' && this.#work.some(({ type }) => type === 'sync')) return;
    this.#work.push(work);
    if (work.type !== 'segment') return;
    this.#count(work.segment, 1);
    while (this.#waitingMs > MAX_WAITING_MS || this.#shared.bytes > this.#shared.maxBytes) {
      const index = this.#work.findIndex(({ type }) => type === 'segment');
      const [oldest] = index < 0 ? [] : this.#work.splice(index, 1);
      if (oldest?.type !== 'segment') return;
      this.#count(oldest.segment, -1);
      this.#lose(oldest.segment, why);
    }
  }

  /** Of the segments that have waited since `untilMs` or longer. */
  files(untilMs: number): readonly string[] {
    return this.#work.flatMap((work) =>
      work.type === 'segment' && work.sinceMs <= untilMs ? [work.segment.file] : [],
    );
  }

  take(): Work | undefined {
    const work = this.#work.shift();
    if (work?.type === 'segment') this.#count(work.segment, -1);
    return work;
  }

  #count({ durationMs, bytes }: Segment, sign: 1 | -1): void {
    this.#waitingMs += sign * durationMs;
    this.#shared.bytes += sign * bytes;
  }
}
