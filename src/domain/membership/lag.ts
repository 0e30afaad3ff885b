import type { SeenRevisions } from './beat.ts';

type Bucket = keyof SeenRevisions;

const BUCKETS: readonly Bucket[] = ['servers', 'owners', 'streams'];

/**
 * Notices that this member's view of a bucket lags behind what its peers say that they have seen. A watch can be deaf
 * for minutes while its connection looks healthy; the beats of the others give it away.
 */
export class Lag {
  readonly #graceMs: number;
  readonly #behind = new Map<Bucket, { readonly revision: number; sinceMs: number }>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  heard(theirs: SeenRevisions, own: SeenRevisions, nowMs: number): void {
    for (const bucket of BUCKETS) {
      if (theirs[bucket] > own[bucket] && !this.#behind.has(bucket)) {
        this.#behind.set(bucket, { revision: theirs[bucket], sinceMs: nowMs });
      }
    }
  }

  /** The buckets that have been behind for the grace. Each is named again after as long. */
  overdue(own: SeenRevisions, nowMs: number): readonly { readonly bucket: Bucket; readonly revision: number }[] {
    const overdue: { readonly bucket: Bucket; readonly revision: number }[] = [];
    for (const [bucket, behind] of this.#behind) {
      if (own[bucket] >= behind.revision) this.#behind.delete(bucket);
      else if (nowMs - behind.sinceMs >= this.#graceMs) {
        overdue.push({ bucket, revision: behind.revision });
        behind.sinceMs = nowMs;
      }
    }
    return overdue;
  }
}
