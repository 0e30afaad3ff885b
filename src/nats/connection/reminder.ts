/** Repeated, so that a reader of the log need not search for the beginning. */
const AGAIN_MS = 10_000;
/** So many reasons are remembered: several servers may give different ones in turn. */
const MAX_TEXTS = 16;

/** Lets a lasting trouble be logged when it begins and then every 10 s, however often it is found. */
export class Reminder {
  readonly #againMs: number;
  readonly #saidAtMs = new Map<string, number>();

  constructor(againMs = AGAIN_MS) {
    this.#againMs = againMs;
  }

  /** Whether `text` is to be said now. It counts as said then. */
  isDue(text: string): boolean {
    const nowMs = performance.now();
    const saidAtMs = this.#saidAtMs.get(text);
    if (saidAtMs !== undefined && nowMs - saidAtMs < this.#againMs) return false;
    if (this.#saidAtMs.size >= MAX_TEXTS) this.#saidAtMs.clear();
    this.#saidAtMs.set(text, nowMs);
    return true;
  }

  /** The trouble is over: the next one is new. */
  clear(): void {
    this.#saidAtMs.clear();
  }
}
