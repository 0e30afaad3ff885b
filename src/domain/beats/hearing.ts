import type { Times } from '../times.ts';
import type { Beat, SeenRevisions } from './beat.ts';

export type Via = 'bus' | 'direct';

/** What was heard of one session. Times are the hearer's monotonic clock. */
interface Heard {
  /** Last sign of life: a beat by any way, or a renewal. */
  lifeMs: number;
  /** Last beat that came over the bus. */
  busMs: number;
  sequence: number;
  beats: number;
  doubts: ReadonlyMap<string, number>;
  deafTo: readonly string[];
}

/**
 * Beats without an echo before a way counts as broken. An acknowledgement is normally one or two beats old; from the third
 * beat on there must be time, within F, for another way to be tried and to answer, twice.
 */
export const MISSED_BEATS = 2.5;

const NEVER = Number.NEGATIVE_INFINITY;
const NOTHING: ReadonlyMap<string, number> = new Map();

/** What this member hears of the others, and whether its own ears work. Everything is counted from hearing. */
export class Hearing {
  readonly #self: string;
  readonly #times: Times;
  readonly #heard = new Map<string, Heard>();
  #echoMs = NEVER;
  #echoesSinceMs = NEVER;

  constructor(self: string, times: Times) {
    this.#self = self;
    this.#times = times;
  }

  /** @returns true when the beat is newer than all that were heard of its session. */
  beat(beat: Beat, via: Via, nowMs: number): boolean {
    if (beat.session === this.#self) {
      if (via === 'bus') this.#echo(nowMs);
      return false;
    }
    const heard = this.#of(beat.session);
    if (via === 'bus') heard.busMs = nowMs;
    if (beat.sequence <= heard.sequence) return false;
    heard.lifeMs = nowMs;
    heard.sequence = beat.sequence;
    heard.beats += 1;
    heard.doubts = beat.doubts;
    heard.deafTo = beat.deafTo;
    return true;
  }

  renewal(session: string, nowMs: number): void {
    this.#of(session).lifeMs = nowMs;
  }

  /** Own beats have come back over the bus for longer than E, so the silence of others is not this server's deafness. */
  earsWork(nowMs: number): boolean {
    return nowMs - this.#echoMs < this.#times.evictMs / 2 && nowMs - this.#echoesSinceMs >= this.#times.evictMs;
  }

  silentForMs(session: string, nowMs: number): number {
    return nowMs - (this.#heard.get(session)?.lifeMs ?? NEVER);
  }

  /** How many beats were heard of the session. Only a session that stands beats. */
  beats(session: string): number {
    return this.#heard.get(session)?.beats ?? 0;
  }

  /** The last sequence heard; 0: none. */
  sequence(session: string): number {
    return this.#heard.get(session)?.sequence ?? 0;
  }

  /** The bus does not bring the beats of `session` here. */
  deafTo(session: string, nowMs: number): boolean {
    return nowMs - (this.#heard.get(session)?.busMs ?? NEVER) > MISSED_BEATS * this.#times.beatMs;
  }

  /** The last beat of `session` says that the bus does not bring it the beats of this one. */
  isDeafToMe(session: string): boolean {
    return this.#heard.get(session)?.deafTo.includes(this.#self) ?? false;
  }

  /** The pledges in the last beat of `session`: the doubted sessions with the revision of their records. */
  doubtsOf(session: string): ReadonlyMap<string, number> {
    return this.#heard.get(session)?.doubts ?? NOTHING;
  }

  get sessions(): IterableIterator<string> {
    return this.#heard.keys();
  }

  /** Drops every session that `keep` does not want, except those heard within Eslow: a new session may beat before its key is seen. */
  forget(nowMs: number, keep: (session: string) => boolean): void {
    for (const [session, { lifeMs }] of this.#heard) {
      if (nowMs - lifeMs > this.#times.evictSlowMs && !keep(session)) this.#heard.delete(session);
    }
  }

  #of(session: string): Heard {
    let heard = this.#heard.get(session);
    if (heard === undefined) {
      heard = { lifeMs: NEVER, busMs: NEVER, sequence: 0, beats: 0, doubts: NOTHING, deafTo: [] };
      this.#heard.set(session, heard);
    }
    return heard;
  }

  /** After a pause, of the bus or of this process, the ears have to prove again that they work. */
  #echo(nowMs: number): void {
    if (nowMs - this.#echoMs >= this.#times.evictMs / 2) this.#echoesSinceMs = nowMs;
    this.#echoMs = nowMs;
  }
}

type Bucket = keyof SeenRevisions;

interface Overdue {
  readonly bucket: Bucket;
  readonly revision: number;
}

interface Behind {
  revision: number;
  sinceMs: number;
  waitMs: number;
  /** Some beat has named this revision since the bucket was last named as behind. */
  isSaid: boolean;
}

const BUCKETS: readonly Bucket[] = ['servers', 'owners', 'streams'];
/** A watch asks its bucket this often without a reason (`RECONCILE_EVERY_MS` of `src/nats/buckets/watch.ts`). */
const LONGEST_WAIT_MS = 30_000;

/**
 * Notices that this member's view of a bucket lags behind what its peers say that they have seen. A watch can be deaf
 * for minutes while its connection looks healthy; the beats of the others give it away.
 *
 * A peer may speak of a bucket that no longer exists: then no repair can reach its revision. So a revision that is not said again is
 * forgotten, and a revision that a peer repeats for long is asked for less and less often. A lower revision of other peers has
 * its own grace, so it does not wait because of a peer that is wrong.
 */
export class Lag {
  readonly #graceMs: number;
  /** The lowest revision that peers name, except those that were asked for without success. */
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
