import type { Store } from '../../src/nats/buckets/store.ts';
import { type Lease, leaseLeftMs, leaseOf } from '../../src/warden/lease.ts';
import { writeObituary } from '../../src/warden/obituary.ts';
import type { Machine } from './machine.ts';
import { ProcessClock } from './process-clock.ts';

/** `CHECK_EVERY_MS` of `src/warden/lease-guard.ts`. */
const CHECK_EVERY_MS = 50;
/** The shortest timer of Node; a shorter one might not move a clock of floating point at all. */
const LEAST_TIMER_MS = 1;
/** As `src/warden/warden.ts`. */
const OBITUARY_WITHIN_MS = 15_000;

/** The warden of a machine: it knows the last lease of the process, and kills the process when the lease has passed. */
export class WardenModel {
  readonly #machine: Machine;
  readonly #killMs: number;
  readonly #lapsed: () => void;
  #lease: Lease | undefined;

  constructor(machine: Machine, killMs: number, lapsed: () => void) {
    this.#machine = machine;
    this.#killMs = killMs;
    this.#lapsed = lapsed;
  }

  /** Begins to watch; after every boot of the machine. */
  start(): void {
    const leftMs = this.#lease === undefined ? CHECK_EVERY_MS : leaseLeftMs(this.#lease, this.#machine.now());
    if (leftMs <= 0) {
      this.forget();
      this.#lapsed();
    }
    const nextMs = leftMs > 0 ? Math.min(CHECK_EVERY_MS, Math.max(LEAST_TIMER_MS, leftMs)) : CHECK_EVERY_MS;
    this.#machine.after(nextMs, () => this.start(), 'warden');
  }

  /** The process says: standing for so much longer; 0: it captures nothing. */
  hear(standingForMs: number): void {
    this.#lease = standingForMs > 0 ? leaseOf(this.#machine.now(), standingForMs, this.#killMs) : undefined;
  }

  forget(): void {
    this.#lease = undefined;
  }

  /** Takes a dead session off the roster, so that no peer has to wait until it counts as silent. */
  async obituary(servers: Store, session: string): Promise<void> {
    const clock = new ProcessClock(this.#machine, 'warden');
    const late = new AbortController();
    clock.setTimeout(() => late.abort(), OBITUARY_WITHIN_MS);
    const obituary = { server: this.#machine.name, session, why: 'its process died' };
    await writeObituary(servers, obituary, late.signal, clock);
  }
}
