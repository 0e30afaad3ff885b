import type { PlacementInput } from '../domain/placement/placement-input.ts';
import { whatIfAnswer } from '../domain/placement/what-if.ts';
import type { WhatIfAnswer } from '../domain/status.ts';

/** How long the plans of one moment are given out. */
const FRESH_MS = 2000;

interface Moment {
  readonly input: PlacementInput;
  readonly atMs: number;
  readonly answers: Map<string, WhatIfAnswer>;
}

/** Answers "what if this server died?", each server once for all who ask at about the same time. */
export class WhatIfs {
  readonly #placement: () => PlacementInput;
  #moment: Moment | undefined;

  constructor(placement: () => PlacementInput) {
    this.#placement = placement;
  }

  without(server: string): WhatIfAnswer {
    const nowMs = performance.now();
    if (this.#moment === undefined || nowMs - this.#moment.atMs > FRESH_MS) {
      this.#moment = { input: this.#placement(), atMs: nowMs, answers: new Map() };
    }
    const { input, answers } = this.#moment;
    const answer = answers.get(server) ?? whatIfAnswer(input, server);
    answers.set(server, answer);
    return answer;
  }
}
