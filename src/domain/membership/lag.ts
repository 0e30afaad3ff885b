import type { SeenRevisions } from './beat.ts';

type Bucket = keyof SeenRevisions;

interface Behind {
  revision: number;
  sinceMs: number;
  waitMs: number;
  /** By some beat since the bucket was last named. */
  isSaid: boolean;
}

const BUCKETS: readonly Bucket[] = ['servers', 'owners', 'streams'];
/** A watch asks its bucket as often as this by itself (`RECONCILE_EVERY_MS` of `src/nats/watch.ts`). */
const LONGEST_WAIT_MS = 30_000;

/**
 * Notices that this member's view of a bucket lags behind what its peers say that they have seen. A watch can be deaf
 * for minutes while its connection looks healthy; the beats of the others give it away.
 *
 * What a peer says may be of a bucket that is no more: then no repair reaches it. So a revision that is not said again is
 * forgotten, and one that is said on and on is asked for less and less often.
 */
export class Lag {
  readonly #graceMs: number;
  readonly #behind = new Map<Bucket, Behind>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  heard(theirs: SeenRevisions, own: SeenRevisions, nowMs: number): void {
    for (const bucket of BUCKETS) {
      const revision = theirs[bucket];
      if (revision <= own[bucket]) continue;
      const known = this.#behind.get(bucket);
      if (known === undefined) {
        this.#behind.set(bucket, { revision, sinceMs: nowMs, waitMs: this.#graceMs, isSaid: true });
      } else {
        known.revision = Math.min(known.revision, revision);
        known.isSaid = true;
      }
    }
  }

  /** The buckets that have been behind for the grace. Each is named again after twice the wait before. */
  overdue(own: SeenRevisions, nowMs: number): readonly { readonly bucket: Bucket; readonly revision: number }[] {
    const overdue: { readonly bucket: Bucket; readonly revision: number }[] = [];
    for (const [bucket, behind] of this.#behind) {
      if (own[bucket] >= behind.revision) {
        this.#behind.delete(bucket);
      } else if (nowMs - behind.sinceMs >= behind.waitMs) {
        if (behind.isSaid) overdue.push({ bucket, revision: behind.revision });
        else this.#behind.delete(bucket);
        behind.sinceMs = nowMs;
        behind.waitMs = Math.min(2 * behind.waitMs, LONGEST_WAIT_MS);
        behind.isSaid = false;
      }
    }
    return overdue;
  }
}
