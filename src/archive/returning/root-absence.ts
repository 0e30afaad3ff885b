import type { Clock } from '../../host/clock.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';

/**
 * For so long a root that cannot be read may come back, with packs that nothing is known of: what belongs to this server is then not fetched
 * a second time. After that it is: a second copy costs room, but a disk that is gone for good must not stop the return.
 */
export const AWAY_FOR_MS = 600_000;

/** Since when roots cannot be read. */
export class RootAbsence {
  readonly #clock: Clock;
  readonly #roots: Pick<ArchiveRoots, 'online'>;
  readonly #paths: readonly string[];
  readonly #sinceMs = new Map<string, number>();

  constructor(clock: Clock, roots: Pick<ArchiveRoots, 'online'>, paths: readonly string[]) {
    this.#clock = clock;
    this.#roots = roots;
    this.#paths = paths;
  }

  /** To be called every few seconds. */
  tick(): void {
    const online = new Set(this.#roots.online);
    for (const path of this.#paths) {
      if (online.has(path)) this.#sinceMs.delete(path);
      else if (!this.#sinceMs.has(path)) this.#sinceMs.set(path, this.#clock.now());
    }
  }

  /** Why a pack that is on no other root may be there after all, a clause; `undefined`: it is on none. */
  whyMaybeAway(): string | undefined {
    this.tick();
    for (const [path, sinceMs] of this.#sinceMs) {
      if (this.#clock.now() - sinceMs < AWAY_FOR_MS) return `it may be on ${path}, which cannot be read now`;
    }
    return undefined;
  }
}
