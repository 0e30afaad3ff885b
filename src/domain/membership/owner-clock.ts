/** What a process can tell of the time at one moment: milliseconds of its monotonic and of its wall clock. */
export interface Instant {
  readonly monoMs: number;
  readonly wallMs: number;
}

/**
 * A wall clock that gains less than this on the monotonic one has drifted or was read a little late; one that gains more
 * was stepped, or the machine slept. Part of the margin between F and E.
 */
export const WALL_TOLERANCE_MS = 20;

/**
 * The clock by which an owner counts what it may still do: it runs with the faster of the monotonic and the wall clock.
 *
 * The monotonic clock stands still while a machine sleeps, so after waking up a laptop or a frozen guest would count
 * its lease as fresh. Adding every forward step of the wall clock makes it wake up fenced. The price: a step of the wall
 * clock by more than F fences too. A step backwards changes nothing, and does not hide a later sleep, because each step is
 * counted alone and not against the start.
 */
export class OwnerClock {
  readonly #startMonoMs: number;
  #offsetMs: number;
  #skippedMs = 0;

  constructor(start: Instant) {
    this.#startMonoMs = start.monoMs;
    this.#offsetMs = start.wallMs - start.monoMs;
  }

  /** Milliseconds since the start, never fewer than really passed. */
  read(now: Instant): number {
    const gainedMs = now.wallMs - now.monoMs - this.#offsetMs;
    if (Math.abs(gainedMs) > WALL_TOLERANCE_MS) {
      this.#offsetMs += gainedMs;
      if (gainedMs > 0) this.#skippedMs += gainedMs;
    }
    return now.monoMs - this.#startMonoMs + this.#skippedMs;
  }
}
