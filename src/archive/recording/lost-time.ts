import type { Segment } from '../../domain/segments/segment.ts';
import type { Gap } from '../pack/pack-index.ts';

export interface LostTime extends Gap {
  readonly segments: number;
}

/** The segments of one stream that were captured and could not be kept, as one gap for each time without a break. */
export class LostTimes {
  #open: { fromMs: number; untilMs: number; readonly why: string; segments: number } | undefined;
  #closed: LostTime[] = [];

  lose({ startMs, durationMs }: Pick<Segment, 'startMs' | 'durationMs'>, why: string): void {
    const untilMs = startMs + durationMs;
    const open = this.#open;
    if (open !== undefined && startMs <= open.untilMs + MAX_SEAM_MS && untilMs >= open.fromMs - MAX_SEAM_MS) {
      open.fromMs = Math.min(open.fromMs, startMs);
      open.untilMs = Math.max(open.untilMs, untilMs);
      open.segments += 1;
      return;
    }
    this.#close();
    this.#open = { fromMs: startMs, untilMs, why, segments: 1 };
  }

  /** An index is full of gaps: they have to be told now. */
  get isFull(): boolean {
    return this.#closed.length >= MAX_GAPS;
  }

  /** Nothing is added to them any more: those since the last call. */
  take(): readonly LostTime[] {
    this.#close();
    const taken = this.#closed;
    this.#closed = [];
    return taken;
  }

  /** The gaps could not be told: the next call of `take` returns them again. */
  putBack(lost: readonly LostTime[]): void {
    this.#closed = [...lost, ...this.#closed];
  }

  #close(): void {
    if (this.#open !== undefined) this.#closed.push(this.#open);
    this.#open = undefined;
  }
}

/** Between two segments that follow one another: their starts are rounded, and drawn towards the clock. */
const MAX_SEAM_MS = 500;
/** Of a stream whose segments are lost one by one, with others between. */
const MAX_GAPS = 100;
