import type { HolderModel } from './holder-model.ts';
import { CONTENT, NOTE, type PackState, PLACED } from './pack-state.ts';

/**
 * The server that `capture_at` names from some time on. Its own way to a copy is that of any home, so it is one step here, and so is what follows
 * from it for the servers that owe the pack to it: two receipts, a tombstone, and the end of their copy.
 */
export class ThirdServer {
  readonly #holder: HolderModel;

  constructor(holder: HolderModel) {
    this.#holder = holder;
  }

  /** `capture_at` names it, and both others have heard of it. `undefined`: it did already. */
  named(state: PackState): PackState | undefined {
    return state.isElsewhere === 1 ? undefined : this.#holder.moved({ ...state, isElsewhere: 1 });
  }

  steps(state: PackState): readonly (readonly [string, PackState])[] {
    if (state.isElsewhere === 0) return [];
    const steps: (readonly [string, PackState])[] = [];
    const { note, isOwedOn, isThere, placed, fetched, source, isRotten } = state;
    const isHeld = this.#holder.owesThird(state) && source === 1;
    if (note !== NOTE.none && isOwedOn === 0 && placed !== PLACED.none) {
      steps.push(['home: owes its copy to the third server', { ...state, isOwedOn: 1 }]);
    }
    const isGoodAtHome = isOwedOn === 1 && placed === PLACED.fetched && fetched === CONTENT.good;
    if (isThere === 0 && ((isHeld && isRotten === 0) || isGoodAtHome)) {
      steps.push(['third server: has it', { ...state, isThere: 1 }]);
    }
    if (isThere === 1 && isHeld) steps.push(['holder: erased for the third server', this.#holder.released(state)]);
    if (isThere === 1 && isOwedOn === 1 && placed !== PLACED.none && state.home === 0) {
      steps.push(['home: erased for the third server', withoutPlaced(state)]);
    }
    return steps;
  }

  /** How many servers keep a copy. */
  copies({ placed, source, isThere }: PackState): number {
    return Number(placed !== PLACED.none) + source + isThere;
  }
}

function withoutPlaced(state: PackState): PackState {
  const gone = { placed: PLACED.none, placedDurable: PLACED.none, isOwedOn: 0, note: NOTE.none };
  const isNamed = state.part === 1 || state.partDurable === 1;
  return { ...state, ...gone, ...(!isNamed && { fetched: CONTENT.none, fetchedDurable: CONTENT.none }) };
}
