/**
 * Whether the clock can be trusted to say which recordings are too old. A clock that jumps ahead by a year makes every recording too old at once; so
 * after a jump of more than an hour nothing is removed because of its age, until an operator confirms the clock or an hour has passed
 * without another jump.
 */
export const MAX_JUMP_MS = 3_600_000;
export const DOUBT_MS = 3_600_000;

export interface ClockReading {
  readonly monotonicMs: number;
  readonly unixMs: number;
}

export class ClockRule {
  #last: ClockReading;
  #doubt: { readonly why: string; readonly untilMs: number } | undefined;

  /**
   * @param newestMs the end of the newest recording. After a pause of the server that was longer than an hour it cannot be told from a
   *   jump, and an hour of patience costs nothing.
   */
  constructor(now: ClockReading, newestMs: number | undefined) {
    this.#last = now;
    if (newestMs !== undefined) this.#judge(now, now.unixMs - newestMs, 'the newest recording');
  }

  /** To be asked before each round. @returns why nothing may be removed because of its age; `undefined`: it may. */
  doubt(now: ClockReading): string | undefined {
    const passedMs = now.monotonicMs - this.#last.monotonicMs;
    this.#judge(now, now.unixMs - this.#last.unixMs - passedMs, 'what it was before');
    this.#last = now;
    if (this.#doubt !== undefined && now.monotonicMs >= this.#doubt.untilMs) this.#doubt = undefined;
    return this.#doubt?.why;
  }

  /** An operator says that the time is right. */
  confirm(): void {
    this.#doubt = undefined;
  }

  #judge({ monotonicMs, unixMs }: ClockReading, jumpMs: number, since: string): void {
    if (Math.abs(jumpMs) <= MAX_JUMP_MS) return;
    const hours = (Math.abs(jumpMs) / 3_600_000).toFixed(1);
    const where = jumpMs > 0 ? 'ahead of' : 'behind';
    const why = `the clock, ${new Date(unixMs).toISOString()}, is ${hours} h ${where} ${since}`;
    this.#doubt = { why, untilMs: monotonicMs + DOUBT_MS };
  }
}
