/** Senders whose last sequence is remembered. A herd has at most 100 sessions at once. */
const MAX_SENDERS = 512;

/** The last sequence of each sender: what is not newer has been there, or comes too late. */
export class Sequences {
  readonly #last = new Map<string, number>();

  /** True, and remembered, if `sequence` is higher than all that were taken of `sender`. */
  take(sender: string, sequence: number): boolean {
    if (sequence <= (this.#last.get(sender) ?? 0)) return false;
    // Set anew at its end: the one that was silent longest is forgotten first.
    this.#last.delete(sender);
    this.#last.set(sender, sequence);
    if (this.#last.size > MAX_SENDERS) {
      for (const oldest of this.#last.keys()) {
        this.#last.delete(oldest);
        break;
      }
    }
    return true;
  }
}
