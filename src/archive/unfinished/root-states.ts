import type { ArchiveEvents } from '../archive-events.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { RootChange } from '../disk/archive-roots.ts';

export interface RootStatesOptions {
  readonly events: ArchiveEvents;
  readonly catalogue: Catalogue;
  /** What it has is to be read: for the first time, or since it came back. */
  readonly onAppeared: (root: string) => void;
}

/** Roots that come and go: each change is told, and a root that comes back is read again. */
export class RootStates {
  readonly #options: RootStatesOptions;
  /** Roots whose packs are known: they have been read since the start, or since they came back. */
  readonly #read = new Set<string>();
  /** Roots of which a problem was told that is not over. */
  readonly #troubled = new Set<string>();

  constructor(options: RootStatesOptions) {
    this.#options = options;
  }

  changed({ path, problem, state }: RootChange): void {
    const { events, catalogue, onAppeared } = this.#options;
    if (state !== 'well') events.rootProblem(state, path, problem);
    else if (this.#troubled.delete(path)) events.rootOnline(path);
    if (state !== 'well') this.#troubled.add(path);
    if (state === 'offline') {
      catalogue.wentAway(path);
      this.#read.delete(path);
    } else if (!this.#read.has(path)) {
      this.#read.add(path);
      onAppeared(path);
    }
  }
}
