import type { ActorOptions, AnyActorLogic } from 'xstate';
import type { Clock } from '../../src/host/clock.ts';

type ActorClock = NonNullable<ActorOptions<AnyActorLogic>['clock']>;

interface Timer {
  readonly id: number;
  readonly dueMs: number;
  readonly run: (...args: unknown[]) => void;
  cancelled: boolean;
}

/**
 * Virtual time for XState actors (`createActor(machine, { clock })`; children inherit it). XState's own `SimulatedClock`
 * mis-schedules timers that are set by timers. Timers that are due together run in the order in which they were set.
 */
export class HeapClock implements ActorClock {
  #nowMs = 0;
  #lastId = 0;
  readonly #heap: Timer[] = [];
  readonly #byId = new Map<number, Timer>();

  now(): number {
    return this.#nowMs;
  }

  setTimeout(run: (...args: unknown[]) => void, timeoutMs: number): number {
    const timer = { id: ++this.#lastId, dueMs: this.#nowMs + Math.max(0, timeoutMs), run, cancelled: false };
    this.#byId.set(timer.id, timer);
    this.#push(timer);
    return timer.id;
  }

  clearTimeout(id: number): void {
    const timer = this.#byId.get(id);
    if (timer !== undefined) timer.cancelled = true;
    this.#byId.delete(id);
  }

  /** The same as rooms get it. @param unixMs its wall clock at its beginning. */
  asClock(unixMs = 0): Clock {
    return {
      now: () => this.now(),
      unixMs: () => unixMs + this.now(),
      setTimeout: (run, waitMs) => this.setTimeout(run, waitMs),
      clearTimeout: (timer) => {
        if (typeof timer === 'number') this.clearTimeout(timer);
      },
    };
  }

  /** Runs everything that is due within the next `ms`, also what is set meanwhile. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      this.#byId.delete(next.id);
      this.#nowMs = next.dueMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }

  #push(timer: Timer): void {
    this.#heap.push(timer);
    let index = this.#heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): void {
    this.#swap(0, this.#heap.length - 1);
    this.#heap.pop();
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      let least = index;
      if (this.#before(left, least)) least = left;
      if (this.#before(left + 1, least)) least = left + 1;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return false;
    return first.dueMs < second.dueMs || (first.dueMs === second.dueMs && first.id < second.id);
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
