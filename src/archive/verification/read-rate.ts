import { type Clock, pause } from '../../host/clock.ts';
import type { ReadPace } from '../pack/media-reader.ts';

const MIB = 1024 ** 2;
/** The slowest rate: a small archive is read at it, and then rests until the next round. */
const LEAST_BYTES_A_SECOND = MIB;
const MOST_BYTES_A_SECOND = 64 * MIB;
/** An operator waits for it. */
export const ORDERED_BYTES_A_SECOND = 32 * MIB;
/** The reading is faster than needed by this factor, because servers are sometimes off, and recordings grow. */
const HEAD_START = 1.25;
/** A disk that takes so long to record is not asked to read as well. */
const SLOW_MS = 500;
const HOLD_MS = 2000;
/** While recording is slow: of the rate, and at most. */
const SLOW_SHARE = 0.25;
const SLOW_BYTES_A_SECOND = 16 * MIB;
const LOOK_AGAIN_MS = 1000;
/** A timer is not more exact. */
const LEAST_PAUSE_MS = 5;

/** How fast a root has to be read so that all of it is read in time. */
export function scrubRate(leftBytes: number, leftMs: number): number {
  const needed = leftMs <= 0 ? MOST_BYTES_A_SECOND : (leftBytes / leftMs) * 1000 * HEAD_START;
  return Math.min(MOST_BYTES_A_SECOND, Math.max(LEAST_BYTES_A_SECOND, needed));
}

export interface ReadRateOptions {
  readonly clock: Clock;
  /** From the closing of a segment to its being recorded, now. */
  readonly recorderDelayMs: () => number;
  readonly signal: AbortSignal;
}

/** Lets work that is not urgent go on at a rate, slower when recording gets slower, and not at all when that is late. */
export class ReadRate {
  readonly #options: ReadRateOptions;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReadRateOptions) {
    this.#options = options;
  }

  /**
   * @param bytesASecond `Infinity`: as fast as it goes
   * @param signal in place of the one for all
   * @throws the signal's reason
   */
  pace(bytesASecond: () => number, signal = this.#options.signal): ReadPace {
    const { clock, recorderDelayMs } = this.#options;
    return async (bytes) => {
      while (recorderDelayMs() > HOLD_MS && !signal.aborted) await pause(clock, LOOK_AGAIN_MS, signal);
      const wished = bytesASecond();
      const rate = recorderDelayMs() > SLOW_MS ? Math.min(wished * SLOW_SHARE, SLOW_BYTES_A_SECOND) : wished;
      const atMs = Math.max(clock.now(), this.#freeAtMs);
      this.#freeAtMs = atMs + (bytes / rate) * 1000;
      if (atMs - clock.now() > LEAST_PAUSE_MS) await pause(clock, atMs - clock.now(), signal);
      signal.throwIfAborted();
    };
  }
}
