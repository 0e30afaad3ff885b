/** A later reader of the log need not search for when it began. */
const AGAIN_MS = 10_000;
/** Reasons that come by turns, as of several servers. */
const MAX_TEXTS = 16;

/** What lasts is said when it begins and then every 10 s, however often it is found. */
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

  /** It is over: what comes next is new. */
  clear(): void {
    this.#saidAtMs.clear();
  }
}
