const FIRST_MS = 10_000;
const LONGEST_MS = 600_000;
/** More are not remembered: what is forgotten is tried again, and fails again. */
const MAX_KEYS = 10_000;

interface Failure {
  readonly atMs: number;
  readonly untilMs: number;
  readonly waitMs: number;
  readonly why: string;
}

/** What has failed and is to be tried later: each time after a longer pause, so that nothing is tried in a storm. Times are monotonic. */
export class Later {
  readonly #failures = new Map<string, Failure>();

  /** @param waitMs instead of the growing pause. */
  failed(key: string, why: string, nowMs: number, waitMs?: number): void {
    const before = this.#failures.get(key);
    const growing = before === undefined ? FIRST_MS : Math.min(LONGEST_MS, before.waitMs * 2);
    if (before === undefined && this.#failures.size >= MAX_KEYS) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
    this.#failures.set(key, { atMs: nowMs, untilMs: nowMs + (waitMs ?? growing), waitMs: waitMs ?? growing, why });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** Why it is not to be tried yet; `undefined`: it is. */
  whyNot(key: string, nowMs: number): string | undefined {
    const failure = this.#failures.get(key);
    return failure !== undefined && nowMs < failure.untilMs ? failure.why : undefined;
  }

  /** Why it failed last; `undefined`: it has not, since it succeeded last. */
  problem(key: string): string | undefined {
    return this.#failures.get(key)?.why;
  }

  /** When it failed last; `undefined`: it has not, since it succeeded last. */
  failedMs(key: string): number | undefined {
    return this.#failures.get(key)?.atMs;
  }

  /** All may be tried now. */
  forget(): void {
    this.#failures.clear();
  }
}
