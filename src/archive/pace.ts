import { type Clock, pause } from '../host/clock.ts';

/** The shortest wait: shorter ones would cost more time than they save. */
const SHORTEST_WAIT_MS = 20;

/** Limits reads that are not urgent to so many bytes a second, so that recordings and viewers come first. */
export class Pace {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  /** On the monotonic clock: when all that was read until now should have been read. */
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when `bytes` more may be read. */
  async take(bytes: number): Promise<void> {
    const nowMs = this.#clock.now();
    this.#dueMs = Math.max(this.#dueMs, nowMs) + (bytes / this.#bytesPerSecond) * 1000;
    const waitMs = this.#dueMs - nowMs;
    if (waitMs >= SHORTEST_WAIT_MS) await pause(this.#clock, waitMs);
  }
}
