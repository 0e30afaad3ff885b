import type { Clock } from '../../host/clock.ts';
import type { BucketState } from './bucket-reader.ts';

/** Longer than a new leader takes to apply what it has. */
const CONFIRM_LOSS_MS = 3000;
/** Many times the measured 2–4 ms. */
const FEED_LAG_MS = 500;
const DOUBT_EVERY_MS = 1000;

/** Reasons to compare a bucket with what was told of it: those that no comparison has answered yet. */
export class Doubts {
  #raised = 0;
  #answered = 0;
  readonly #clock: Clock;
  #timer: unknown;
  #comparedAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get areOpen(): boolean {
    return this.#raised > this.#answered;
  }

  raise(): void {
    this.#raised += 1;
  }

  /**
   * Like `raise`, and calls `compare` within a second. After a repair that was faster than the feed some changes do not fit: all of
   * them together are one reason, a second later.
   */
  raiseAndCompare(compare: () => void, isComparing: boolean): void {
    this.raise();
    const sinceMs = isComparing ? 0 : this.#clock.now() - this.#comparedAtMs;
    this.#timer ??= this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        compare();
      },
      Math.max(0, DOUBT_EVERY_MS - sinceMs),
    );
  }

  /** A repair has ended. */
  compared(): void {
    this.#comparedAtMs = this.#clock.now();
  }

  /** Call this before a comparison, and the returned function after it: reasons that were raised meanwhile stay open. */
  begin(): () => void {
    const upTo = this.#raised;
    return () => {
      this.#answered = upTo;
    };
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}

/** Own writes that are known to have landed: if the feed does not bring them soon, the feed is deaf. */
export class ExpectedWrites {
  #highest = 0;
  #timer: unknown;
  readonly #clock: Clock;
  readonly #heard: () => number;
  readonly #onDeaf: () => void;

  /** `heard`: the highest revision that the feed has brought. */
  constructor(clock: Clock, heard: () => number, onDeaf: () => void) {
    this.#clock = clock;
    this.#heard = heard;
    this.#onDeaf = onDeaf;
  }

  expect(revision: number): void {
    this.#highest = Math.max(this.#highest, revision);
    if (this.#heard() >= revision) return;
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      if (this.#heard() < this.#highest) this.#onDeaf();
    }, FEED_LAG_MS);
  }

  forget(): void {
    this.#highest = 0;
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
  }
}

/**
 * A leader that has less than was seen. A leader that was just elected may still have to apply writes; only if the same leader
 * stays behind, data is lost.
 */
export class Shortfall {
  readonly #clock: Clock;
  #since: { readonly leader: string | undefined; readonly ms: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  judge({ revision, leader }: BucketState, seen: number): 'none' | 'not sure yet' | 'data is lost' {
    if (revision >= seen) {
      this.#since = undefined;
      return 'none';
    }
    const nowMs = this.#clock.now();
    if (this.#since === undefined || this.#since.leader !== leader) this.#since = { leader, ms: nowMs };
    if (nowMs - this.#since.ms < CONFIRM_LOSS_MS) return 'not sure yet';
    this.#since = undefined;
    return 'data is lost';
  }
}

/** A bucket that is not there. A node that was just started or elected may not know it yet; if it never learns of the bucket, the bucket is lost. */
export class Absence {
  readonly #clock: Clock;
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isThere(): void {
    this.#sinceMs = undefined;
  }

  /** @returns whether the bucket is lost. */
  isMissing(): boolean {
    this.#sinceMs ??= this.#clock.now();
    return this.#clock.now() - this.#sinceMs >= CONFIRM_LOSS_MS;
  }
}
