import { networkOf } from '../client-address.ts';

/** Tries before an address has to wait: people mistype. */
const FREE_TRIES = 4;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 60_000;
/** Without a further try so long, an address begins again. */
const FORGOTTEN_AFTER_MS = 600_000;
const MAX_ADDRESSES = 10_000;

interface Tries {
  count: number;
  lastMs: number;
}

/**
 * How long an address waits until its next password is looked at: nothing for the first tries, then a second, doubling with each
 * to a minute. A try counts when it begins, so that many at once get no more of them than one after the other.
 */
export class LoginDelays {
  readonly #tries = new Map<string, Tries>();

  /** Begins a try. Above 0: not yet, but after so many milliseconds. */
  begin(address: string, nowMs: number): number {
    const key = networkOf(address);
    const tries = this.#tries.get(key) ?? { count: 0, lastMs: nowMs };
    if (nowMs - tries.lastMs > FORGOTTEN_AFTER_MS) tries.count = 0;
    const waitMs = tries.lastMs + delayMs(tries.count) - nowMs;
    if (waitMs > 0) return waitMs;
    // Moved to the end, so that the addresses without a recent try stand first.
    this.#tries.delete(key);
    this.#tries.set(key, { count: tries.count + 1, lastMs: nowMs });
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= MAX_ADDRESSES) break;
      this.#tries.delete(oldest);
    }
    return 0;
  }

  succeeded(address: string): void {
    this.#tries.delete(networkOf(address));
  }

  get size(): number {
    return this.#tries.size;
  }
}

function delayMs(tries: number): number {
  return tries < FREE_TRIES ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tries - FREE_TRIES));
}
