import type { Clock } from '../../host/clock.ts';

/** Far less than the time that segments wait for a root. */
const MOVE_AFTER_MS = 10_000;

/** Tells that nothing can be stored, and that it can again. A root that is away for a moment is no reason for streams to move: their segments wait for it. */
export class StorageProblem {
  readonly #clock: Clock;
  readonly #tell: (problem: string | undefined) => void;
  #sinceMs: number;
  #isTold = false;

  constructor(clock: Clock, tell: (problem: string | undefined) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#sinceMs = clock.now();
  }

  /** @param problem why nothing can be stored now; `undefined`: it can. */
  is(problem: string | undefined): void {
    const nowMs = this.#clock.now();
    if (problem === undefined) this.#sinceMs = nowMs;
    const isTold = nowMs - this.#sinceMs >= MOVE_AFTER_MS;
    if (isTold === this.#isTold) return;
    this.#isTold = isTold;
    this.#tell(problem);
  }
}
