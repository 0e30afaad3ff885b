import type { PlacementInput } from '../domain/placement/placement.ts';
import { whatIfAnswer } from '../domain/placement/what-if-answer.ts';
import type { WhatIfAnswer } from '../domain/status.ts';

/** How long the plans of one moment are given out: the control thread is asked no more often. */
const FRESH_MS = 2000;

interface Moment {
  readonly input: Promise<PlacementInput | undefined>;
  readonly atMs: number;
  readonly answers: Map<string, WhatIfAnswer>;
}

/** Answers "what if this server died?", each server once for all who ask at about the same time. */
export class WhatIfs {
  readonly #placement: () => Promise<PlacementInput | undefined>;
  #moment: Moment | undefined;

  constructor(placement: () => Promise<PlacementInput | undefined>) {
    this.#placement = placement;
  }

  /** `undefined`: what plans are made of could not be had. */
  async without(server: string): Promise<WhatIfAnswer | undefined> {
    const nowMs = performance.now();
    if (this.#moment === undefined || nowMs - this.#moment.atMs > FRESH_MS) {
      this.#moment = { input: this.#placement(), atMs: nowMs, answers: new Map() };
    }
    const { input, answers } = this.#moment;
    const known = await input;
    if (known === undefined) return undefined;
    const answer = answers.get(server) ?? whatIfAnswer(known, server);
    answers.set(server, answer);
    return answer;
  }
}
