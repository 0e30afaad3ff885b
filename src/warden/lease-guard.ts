import { setImmediate as pollPhase } from 'node:timers/promises';
import type { Instant } from '../domain/membership/owner-clock.ts';
import { type Lease, leaseLeftMs, sharedInstant } from './lease.ts';

/** The two clocks that both processes share, and a timer; a test gives its own. */
export interface LeaseClock {
  instant(): Instant;
  setTimeout(run: () => void, waitMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

const HOST_CLOCK: LeaseClock = {
  instant: sharedInstant,
  setTimeout: (run, waitMs) => setTimeout(run, waitMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

/** A lease may also end by the wall clock, which no timer follows. So it is looked at so often, also when no newer one comes. */
const CHECK_EVERY_MS = 50;

/**
 * Watches one server process's lease, and says once when it is over.
 *
 * A warden that was stopped itself wakes up with its timer first and the server's newer leases still in the pipe. So a lease
 * counts as over only when the pipe has been read empty.
 */
export class LeaseGuard implements Disposable {
  readonly #onOver: (lateMs: number) => void;
  #lease: Lease | undefined;
  readonly #clock: LeaseClock;
  #timer: unknown;
  #heard = 0;
  #closed = false;

  constructor(onOver: (lateMs: number) => void, clock: LeaseClock = HOST_CLOCK) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** The newest lease that the server told; `undefined`: it captures nothing, and has no deadline. */
  take(lease: Lease | undefined): void {
    this.#heard += 1;
    this.#lease = lease;
    // A lease that was seen to go on needs no other look so soon: most times the next one comes before that.
    if (this.#timer === undefined || this.#leftMs > CHECK_EVERY_MS) this.#watch();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
  }

  #watch(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lease === undefined || this.#closed) return;
    const waitMs = Math.min(CHECK_EVERY_MS, Math.max(0, this.#leftMs));
    this.#timer = this.#clock.setTimeout(() => void this.#check(), waitMs);
  }

  async #check(): Promise<void> {
    while (this.#isOver()) {
      const heardBefore = this.#heard;
      // Every readable pipe is read before this returns.
      await pollPhase();
      if (this.#heard !== heardBefore) continue;
      if (!this.#closed) this.#onOver(this.#lease === undefined ? 0 : -this.#leftMs);
      this[Symbol.dispose]();
      return;
    }
    this.#watch();
  }

  #isOver(): boolean {
    return !this.#closed && this.#leftMs <= 0;
  }

  /** Without end while there is no lease. */
  get #leftMs(): number {
    return this.#lease === undefined ? Number.POSITIVE_INFINITY : leaseLeftMs(this.#lease, this.#clock.instant());
  }
}
