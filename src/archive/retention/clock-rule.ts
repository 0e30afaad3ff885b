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

interface RecordedTime {
  readonly startMs: number;
  readonly endMs: number;
}

export class ClockRule {
  #last: ClockReading;
  #doubt: { readonly why: string; readonly untilMs: number } | undefined;

  /** @param jumpMs what `jumpSince` finds at a start. */
  constructor(now: ClockReading, jumpMs = 0) {
    this.#last = now;
    this.#judge(now, jumpMs, 'the newest recording from before');
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

/**
 * By how much the clock may have jumped since something was recorded last; 0: it has not. A pause of the recordings that was longer than an hour
 * cannot be told from a jump, and an hour of patience costs nothing.
 *
 * What is of the last hour may have its time from the same wrong clock: this run records before its clock is looked at, and an earlier one may have
 * ended a minute ago. So the pause before all that is what counts.
 *
 * @param streams the packs of each stream, in the order of their starts
 */
export function jumpSince(streams: Iterable<readonly RecordedTime[]>, nowMs: number): number {
  let beganMs = nowMs;
  let beforeMs = Number.NEGATIVE_INFINITY;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const packs of streams) {
    for (let at = packs.length - 1; at >= 0; at -= 1) {
      const { startMs, endMs } = packs[at] ?? { startMs: nowMs, endMs: nowMs };
      newestMs = Math.max(newestMs, endMs);
      if (endMs <= nowMs - DOUBT_MS) {
        beforeMs = Math.max(beforeMs, endMs);
        break;
      }
      beganMs = Math.min(beganMs, startMs);
    }
  }
  if (newestMs > nowMs + MAX_JUMP_MS) return nowMs - newestMs;
  const isTrusted = beganMs <= nowMs - DOUBT_MS || beforeMs === Number.NEGATIVE_INFINITY;
  return isTrusted ? 0 : beganMs - beforeMs;
}
