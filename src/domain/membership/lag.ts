import type { SeenRevisions } from './beat.ts';

type Bucket = keyof SeenRevisions;

interface Overdue {
  readonly bucket: Bucket;
  readonly revision: number;
}

interface Behind {
  revision: number;
  sinceMs: number;
  waitMs: number;
  /** By some beat since the bucket was last named. */
  isSaid: boolean;
}

const BUCKETS: readonly Bucket[] = ['servers', 'owners', 'streams'];
/** A watch asks its bucket as often as this by itself (`RECONCILE_EVERY_MS` of `src/nats/buckets/watch.ts`). */
const LONGEST_WAIT_MS = 30_000;

/**
 * Notices that this member's view of a bucket lags behind what its peers say that they have seen. A watch can be deaf
 * for minutes while its connection looks healthy; the beats of the others give it away.
 *
 * What a peer says may be of a bucket that is no more: then no repair reaches it. So a revision that is not said again is
 * forgotten, and one that is said on and on is asked for less and less often. A lower revision that others say meanwhile has
 * its own grace: the peer that is wrong does not make it wait.
 */
export class Lag {
  readonly #graceMs: number;
  /** The lowest revision that is said and was not asked for in vain. */
  readonly #fresh = new Map<Bucket, Behind>();
  /** A revision that the view did not reach when it was asked for; all that are higher count as this one. */
  readonly #vain = new Map<Bucket, Behind>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  heard(theirs: SeenRevisions, own: SeenRevisions, nowMs: number): void {
    for (const bucket of BUCKETS) {
      const revision = theirs[bucket];
      if (revision <= own[bucket]) continue;
      const vain = this.#vain.get(bucket);
      const fresh = this.#fresh.get(bucket);
      if (vain !== undefined && revision >= vain.revision) vain.isSaid = true;
      else if (fresh === undefined || (revision < fresh.revision && fresh.waitMs > this.#graceMs)) {
        this.#fresh.set(bucket, { revision, sinceMs: nowMs, waitMs: this.#graceMs, isSaid: true });
      } else {
        fresh.revision = Math.min(fresh.revision, revision);
        fresh.isSaid = true;
      }
    }
  }

  /** The buckets that have been behind for the grace. Each is named again after twice the wait before. */
  overdue(own: SeenRevisions, nowMs: number): readonly Overdue[] {
    const overdue: Overdue[] = [];
    for (const bucket of BUCKETS) {
      const vain = this.#due(this.#vain, bucket, own[bucket], nowMs);
      const fresh = this.#due(this.#fresh, bucket, own[bucket], nowMs);
      const due = fresh ?? vain;
      if (due !== undefined) overdue.push({ bucket, revision: due.revision });
      if (fresh === undefined || this.#vain.has(bucket)) continue;
      this.#vain.set(bucket, fresh);
      this.#fresh.delete(bucket);
    }
    return overdue;
  }

  #due(all: Map<Bucket, Behind>, bucket: Bucket, own: number, nowMs: number): Behind | undefined {
    const behind = all.get(bucket);
    if (behind === undefined) return undefined;
    const isOver = nowMs - behind.sinceMs >= behind.waitMs;
    if (own >= behind.revision || (isOver && !behind.isSaid)) {
      all.delete(bucket);
      return undefined;
    }
    if (!isOver) return undefined;
    behind.sinceMs = nowMs;
    behind.waitMs = Math.min(2 * behind.waitMs, LONGEST_WAIT_MS);
    behind.isSaid = false;
    return behind;
  }
}
