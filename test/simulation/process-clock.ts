import type { Clock } from '../../src/clock.ts';
import type { Machine } from './machine.ts';

interface Timer {
  cancelled: boolean;
}

/** The clock of one process: its machine's, with timers that end with the process. */
export class ProcessClock implements Clock {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  now(): number {
    return this.#machine.now().monoMs;
  }

  unixMs(): number {
    return this.#machine.now().wallMs;
  }

  setTimeout(run: () => void, waitMs: number): Timer {
    const timer = { cancelled: false };
    this.#machine.after(waitMs, () => {
      if (!timer.cancelled) run();
    });
    return timer;
  }

  clearTimeout(timer: unknown): void {
    if (isTimer(timer)) timer.cancelled = true;
  }
}

function isTimer(value: unknown): value is Timer {
  return typeof value === 'object' && value !== null && 'cancelled' in value;
}
