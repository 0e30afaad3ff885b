import type { Clock } from '../../src/host/clock.ts';
import type { Machine } from './machine.ts';

interface Timer {
  cancelled: boolean;
}

/** The clock of one process, or of the warden: its machine's, with timers that end with it. */
export class ProcessClock implements Clock {
  readonly #machine: Machine;
  readonly #where: 'process' | 'warden';

  constructor(machine: Machine, where: 'process' | 'warden' = 'process') {
    this.#machine = machine;
    this.#where = where;
  }

  /** Some take it out of the clock. */
  readonly now = () => this.#machine.now().monoMs;
  readonly unixMs = () => this.#machine.now().wallMs;

  setTimeout(run: () => void, waitMs: number): Timer {
    const timer = { cancelled: false };
    const fire = () => {
      if (!timer.cancelled) run();
    };
    this.#machine.after(waitMs, fire, this.#where);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (isTimer(timer)) timer.cancelled = true;
  }
}

function isTimer(value: unknown): value is Timer {
  return typeof value === 'object' && value !== null && 'cancelled' in value;
}
