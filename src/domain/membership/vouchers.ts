/** Own beats whose sending is remembered: a minute at the default pace. Acknowledgements of older ones are worth nothing. */
const MAX_REMEMBERED_BEATS = 256;

/**
 * Who has vouched for this session, and for which moment: for each session the sending, on the owner's clock, of the
 * newest own beat that it acknowledged. Counted from sending, so that a slow bus makes a lease shorter, never longer.
 */
export class Vouchers {
  readonly #sentMs = new Map<number, number>();
  readonly #vouchedMs = new Map<string, number>();
  #forgottenMs = Number.NEGATIVE_INFINITY;

  sent(sequence: number, ownMs: number): void {
    this.#sentMs.set(sequence, ownMs);
    this.#sentMs.delete(sequence - MAX_REMEMBERED_BEATS);
    if (sequence % MAX_REMEMBERED_BEATS === 0) this.#forgetStale(ownMs);
  }

  acknowledged(session: string, sequence: number): void {
    const sentMs = this.#sentMs.get(sequence);
    if (sentMs !== undefined && sentMs > this.vouchedMs(session)) this.#vouchedMs.set(session, sentMs);
  }

  /** Sending of the newest own beat that `session` acknowledged; minus infinity when there is none. */
  vouchedMs(session: string): number {
    return this.#vouchedMs.get(session) ?? Number.NEGATIVE_INFINITY;
  }

  /** Sessions come and go for months; the word of one that was silent since the last forgetting is worth nothing. */
  #forgetStale(ownMs: number): void {
    for (const [session, vouchedMs] of this.#vouchedMs) {
      if (vouchedMs < this.#forgottenMs) this.#vouchedMs.delete(session);
    }
    this.#forgottenMs = ownMs;
  }
}
