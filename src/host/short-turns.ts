import type { Clock } from './clock.ts';

/** A beat is sent every 250 ms: work that takes longer than this goes on in another turn. */
const MAX_TURN_MS = 20;

/**
 * Does work that comes in bursts in its order, and in short turns of the event loop: thousands of definitions that are published
 * at once must not keep the control thread from its beats.
 */
export class ShortTurns {
  readonly #clock: Pick<Clock, 'now' | 'setTimeout'>;
  #waiting: (() => void)[] = [];
  /** The end of this turn's share; `undefined`: nothing has been done in this turn. */
  #untilMs: number | undefined;

  constructor(clock: Pick<Clock, 'now' | 'setTimeout'>) {
    this.#clock = clock;
  }

  /** At once, if nothing waits and the turn has time left. */
  add(work: () => void): void {
    if (this.#untilMs === undefined) this.#begin();
    if (this.#waiting.length === 0 && this.#hasTime()) work();
    else this.#waiting.push(work);
  }

  /** Resolves when all that was added before is done. */
  drained(): Promise<void> {
    return new Promise((resolve) => this.add(resolve));
  }

  /** Drops all waiting work. */
  close(): void {
    this.#waiting = [];
  }

  #begin(): void {
    this.#untilMs = this.#clock.now() + MAX_TURN_MS;
    this.#clock.setTimeout(() => this.#next(), 0);
  }

  #next(): void {
    this.#untilMs = undefined;
    if (this.#waiting.length === 0) return;
    this.#begin();
    let done = 0;
    for (; done < this.#waiting.length && this.#hasTime(); done += 1) this.#waiting[done]?.();
    this.#waiting.splice(0, done);
  }

  #hasTime(): boolean {
    return this.#untilMs !== undefined && this.#clock.now() <= this.#untilMs;
  }
}
