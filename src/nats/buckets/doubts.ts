import type { Clock } from '../../host/clock.ts';

/** Reasons to compare a bucket with what was told of it: those that no comparison has answered yet. */
export class Doubts {
  #raised = 0;
  #answered = 0;
  readonly #clock: Clock;
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get areOpen(): boolean {
    return this.#raised > this.#answered;
  }

  raise(): void {
    this.#raised += 1;
  }

  /** As `raise`, and has `compare` called after `waitMs`, once for all that is raised until then. */
  raiseFor(compare: () => void, waitMs: number): void {
    this.raise();
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = undefined;
      compare();
    }, waitMs);
  }

  /** To be called before a comparison, and what it returns afterwards: what was raised meanwhile stays open. */
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
