/**
 * Lets processes start a few at a time. A hundred ffmpegs started at once block the event loop for seconds, which is longer
 * than a server may go without a beat; spaced, all of them are up sooner too.
 *
 * Each turn of the timer lets one start begin, which holds a place for as long as a start keeps a core busy. On an overloaded machine the
 * timer is late, and so is other work of this thread, also the renewal of its lease: the next start then waits for a multiple of the delay.
 */
export const STARTS_AT_ONCE = 8;
/** Between two starts: the loop, which a start holds for 5 ms, runs in between. */
const SPACING_MS = 25;
/** On a machine that is not overloaded the timer is late by at most this. */
const USUAL_LATE_MS = 20;
/** The next start waits for the rest of the delay so many times. */
const GIVE_WAY = 8;
/** Captures start also on a machine that is always late. */
const MOST_SPACING_MS = 2000;
/** An ffmpeg loads and links its libraries for about this long. */
const HOLD_MS = 200;

interface Waiting {
  readonly start: () => void;
}

export class StartGate {
  readonly #width: number;
  readonly #spacingMs: number;
  readonly #holdMs: number;
  /** The waiting starts in order of arrival. A Set, because each of them may be withdrawn. */
  readonly #waiting = new Set<Waiting>();
  #starting = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;

  constructor({ width = STARTS_AT_ONCE, spacingMs = SPACING_MS, holdMs = HOLD_MS } = {}) {
    this.#width = width;
    this.#spacingMs = spacingMs;
    this.#holdMs = holdMs;
  }

  /** Nothing starts and nothing waits to. */
  get isIdle(): boolean {
    return this.#starting === 0 && this.#waiting.size === 0;
  }

  /** Calls `start` when its turn has come, never before this returns. @returns leaves the queue. */
  enter(start: () => void): () => void {
    const waiting: Waiting = { start };
    this.#waiting.add(waiting);
    this.#schedule(0);
    return () => {
      this.#waiting.delete(waiting);
    };
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#waiting.size === 0 || this.#starting >= this.#width) return;
    this.#dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => this.#next(), delayMs);
  }

  #next(): void {
    this.#timer = undefined;
    const lateMs = performance.now() - this.#dueMs;
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    this.#starting += 1;
    setTimeout(() => {
      this.#starting -= 1;
      this.#schedule(0);
    }, this.#holdMs).unref();
    try {
      first.start();
    } finally {
      const giveWayMs = GIVE_WAY * Math.max(0, lateMs - USUAL_LATE_MS);
      this.#schedule(Math.min(MOST_SPACING_MS, this.#spacingMs + giveWayMs));
    }
  }
}
