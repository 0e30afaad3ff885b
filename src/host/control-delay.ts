import { getHeapStatistics } from 'node:v8';
import { everySharedTick } from './clock.ts';

/** The delays of the control thread. */
export interface ControlFigures {
  /** Mean and worst delay of its turns in the last second, and the worst one in the last minute. In milliseconds. */
  readonly meanDelayMs: number;
  readonly maxDelayMs: number;
  readonly worstDelayMs: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
}

/** How often the thread looks at the clock, and so the shortest delay that it can see. In step with the turns of a session, which wake it too. */
const LOOK_MS = 62.5;
const SECOND_MS = 1000;
const WINDOW_S = 60;
/** A thread that is late once is often late again, so it is told at most once in this time. */
const QUIET_MS = 60_000;

/**
 * Measures how late the control thread is for its own timers: its beats, renewals and leases are as late. Nothing that clients do
 * may make it late, so a delay beyond `limitMs` is worth an event.
 */
export class ControlDelay implements Disposable {
  readonly #limitMs: number;
  readonly #onLate: (delayMs: number) => void;
  readonly #end: () => void;
  #secondEndsMs: number;
  #sumMs = 0;
  #looks = 0;
  #maxMs = 0;
  #last = { meanMs: 0, maxMs: 0 };
  readonly #window: number[] = [];
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(limitMs: number, onLate: (delayMs: number) => void) {
    this.#limitMs = limitMs;
    this.#onLate = onLate;
    this.#secondEndsMs = performance.now() + SECOND_MS;
    this.#end = everySharedTick(LOOK_MS, (dueMs) => this.#look(dueMs));
  }

  get figures(): ControlFigures {
    // `process.memoryUsage()` reads a file too, and this is asked for four times a second.
    const { used_heap_size: heapUsedBytes, total_heap_size: heapTotalBytes } = getHeapStatistics();
    return {
      meanDelayMs: this.#last.meanMs,
      maxDelayMs: this.#last.maxMs,
      worstDelayMs: Math.max(this.#maxMs, ...this.#window),
      heapUsedBytes,
      heapTotalBytes,
    };
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  #look(dueMs: number): void {
    const nowMs = performance.now();
    const delayMs = Math.max(0, nowMs - dueMs);
    this.#sumMs += delayMs;
    this.#looks += 1;
    this.#maxMs = Math.max(this.#maxMs, delayMs);
    if (delayMs > this.#limitMs && nowMs - this.#toldMs > QUIET_MS) {
      this.#toldMs = nowMs;
      this.#onLate(delayMs);
    }
    if (nowMs >= this.#secondEndsMs) this.#endSecond(nowMs);
  }

  #endSecond(nowMs: number): void {
    this.#last = { meanMs: this.#sumMs / this.#looks, maxMs: this.#maxMs };
    this.#window.push(this.#maxMs);
    if (this.#window.length > WINDOW_S) this.#window.shift();
    this.#sumMs = 0;
    this.#looks = 0;
    this.#maxMs = 0;
    this.#secondEndsMs = nowMs + SECOND_MS;
  }
}
