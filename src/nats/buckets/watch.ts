import type { Msg } from 'nats';
import { type Clock, every, PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Bus, Listening } from '../connection/bus.ts';
import { BusError, reasonOf } from '../connection/bus-error.ts';
import { NO_SUCH_STREAM } from '../connection/jetstream-api.ts';
import { changeSubjects } from '../connection/subjects.ts';
import { changeOf } from './bucket-change.ts';
import type { BucketReader, BucketState } from './bucket-reader.ts';
import { BucketView } from './bucket-view.ts';
import { Doubts } from './doubts.ts';
import type { StoreChange, StoreWatch } from './store.ts';
import { tellFound } from './telling.ts';

export interface WatchOptions {
  readonly reconcileEveryMs?: number;
  /** Makes the bucket when it is gone for good. @throws BusError when that cannot be done now. */
  readonly remake?: () => Promise<void>;
  readonly clock?: Clock;
}

/** One small request a bucket; the feed itself is checked by every change and by every own write. */
const RECONCILE_EVERY_MS = 30_000;
const RETRY_MS = 250;
/** Many times the measured 2–4 ms. */
const FEED_LAG_MS = 500;
const DOUBT_EVERY_MS = 1000;
/** Longer than a new leader takes to apply what it has. */
const CONFIRM_LOSS_MS = 3000;
/** What the feed has not brought by then, where only the leader's word says that there is more, it has lost. */
const IN_FLIGHT_MS = 50;

/**
 * Follows a bucket without a consumer: JetStream republishes every change on a plain subject, and the revisions, which have
 * no holes there, show what was missed.
 *
 *                 read from the leader
 *   (start) ──► behind ──────────────► current ─────────────┐ the next revision comes:
 *                 ▲  │ read fails: stale   │  ▲─────────────┘ the listener gets the entry
 *                 └──┘ again in 250 ms     │
 *                 ▲                        │ a revision was skipped, the connection is back, an own write is not heard,
 *                 └────────────────────────┘ a peer has seen more (`reconcile`), a change does not fit, 30 s have passed
 *
 * While it is behind, changes are held; the whole bucket is read from its leader and compared with what was told; what is missing is
 * told, then the held changes follow. `current` says that nothing up to its revision is missing; only `amnesia` starts over. A
 * bucket that was put back from a backup may soon be at a higher revision than before, so revisions alone prove nothing after a break of
 * any kind: a key that is older than was told is amnesia too. Behind a NATS node that stays it may be put back without a break: then what
 * follows does not fit what was told, and all is compared as well. A bucket that is gone for 3 s is made anew, and that is amnesia too.
 *
 * Rejected: the KV client's watch and consumers of one's own. Measured when a node of the cluster dies: the first is deaf for
 * 89 s, the second for 1.6 s; this misses a few messages and repairs them at once, at less cost for the servers.
 */
export class BucketWatch implements StoreWatch {
  readonly #reader: BucketReader;
  readonly #options: WatchOptions;
  readonly #listener: (change: StoreChange) => void;
  readonly #onClose: () => void;
  readonly #feed: Listening;
  readonly #unfollow: () => void;
  readonly #clock: Clock;
  readonly #endRounds: () => void;
  readonly #view = new BucketView((change) => this.#announce(change));
  /** When the bucket was made, of which the view is; `undefined`: there is no view yet. */
  #created: string | undefined;
  #announced: 'nothing' | 'current' | 'stale' = 'nothing';
  #expected = 0;
  #expectTimer: unknown;
  #repairing: Promise<void> | undefined;
  #repairAgain = false;
  #repairedAtMs = 0;
  /** Ended with a word: otherwise that makes an error, with a stack, which nothing reads. */
  #retry = new AbortController();
  /** Since when this leader has had less than was seen. */
  #short: { readonly leader: string | undefined; readonly sinceMs: number } | undefined;
  /** The bucket may have gone back, and others may have written since: then its revision alone does not show it. */
  readonly #doubts: Doubts;
  /** Since when there has been no such bucket. */
  #goneSinceMs: number | undefined;
  #closed = false;

  constructor(
    bus: Bus,
    reader: BucketReader,
    listener: (change: StoreChange) => void,
    options: WatchOptions,
    onClose: () => void,
  ) {
    this.#reader = reader;
    this.#options = options;
    this.#clock = options.clock ?? PROCESS_CLOCK;
    this.#doubts = new Doubts(this.#clock);
    this.#listener = listener;
    this.#onClose = onClose;
    this.#feed = bus.listen(changeSubjects(reader.bucket), (message) => this.#onChange(message));
    this.#unfollow = bus.follow((status) => {
      if (status.type === 'disconnected') {
        this.#doubts.raise();
        this.#becomeStale('the connection to NATS is lost');
      }
      if (status.type === 'connected') void this.reconcile();
      if (status.type === 'closed' || status.type === 'broken') void this.close();
    });
    const everyMs = options.reconcileEveryMs ?? RECONCILE_EVERY_MS;
    this.#endRounds = every(this.#clock, everyMs, () => void this.reconcile());
    void this.reconcile();
  }

  get revision(): number {
    return this.#view.revision;
  }

  /** Resolves when the view is as new as the bucket was when this was called: while the bus is away, not before it is back. */
  reconcile(): Promise<void> {
    this.#repairAgain = true;
    this.#retry.abort('now');
    this.#repairing ??= this.#repairUntilCurrent().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  /** A write of `revision` is known to have happened: if the feed does not bring it soon, the feed is deaf. */
  expect(revision: number): void {
    this.#expected = Math.max(this.#expected, revision);
    if (this.#closed || this.revision >= revision) return;
    this.#expectTimer ??= this.#clock.setTimeout(() => {
      this.#expectTimer = undefined;
      if (this.revision < this.#expected) void this.reconcile();
    }, FEED_LAG_MS);
  }

  /** The marker of the removal at `revision` is known to be gone. */
  swept(key: string, revision: number): void {
    // A comparison that has met the marker must find that it was known; this one or the next tells that it is gone.
    if (this.#repairing === undefined && this.#view.isRemoved(key, revision)) this.#view.forget(key);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#feed.close();
    this.#unfollow();
    this.#endRounds();
    this.#clock.clearTimeout(this.#expectTimer);
    this.#doubts.close();
    this.#retry.abort('now');
    this.#onClose();
  }

  #onChange(message: Msg): void {
    const change = changeOf(this.#reader.bucket, message);
    if (change === undefined) return;
    const { entry, storedAt } = change;
    if (this.#repairing === undefined && this.#view.contradicts(change)) {
      this.#forget(`revision ${entry.revision}, of ${entry.key}, does not follow what was seen of it`);
      void this.reconcile();
      return;
    }
    if (!this.#view.fits(change)) this.#doubt();
    this.#view.noteStored(entry.revision, storedAt);
    if (this.#repairing !== undefined) {
      if (!this.#view.hold(entry)) this.#repairAgain = true;
    } else if (entry.revision === this.revision + 1) {
      this.#view.apply(entry);
    } else if (entry.revision > this.revision) {
      this.#view.hold(entry);
      void this.reconcile();
    }
  }

  /** Some changes do not fit after every repair that has overtaken the feed: all of them are one reason, a second later. */
  #doubt(): void {
    const sinceMs = this.#repairing === undefined ? this.#clock.now() - this.#repairedAtMs : 0;
    this.#doubts.raiseFor(() => void this.reconcile(), Math.max(0, DOUBT_EVERY_MS - sinceMs));
  }

  async #repairUntilCurrent(): Promise<void> {
    while (this.#repairAgain && !this.#closed) {
      this.#repairAgain = false;
      this.#retry = new AbortController();
      try {
        await this.#repair();
        this.#goneSinceMs = undefined;
        this.#repairAgain ||= !this.#view.isWhole;
      } catch (error) {
        this.#becomeStale(reasonOf(error));
        this.#repairAgain = true;
        await this.#remakeIfGone(error);
        await pause(this.#clock, RETRY_MS, this.#retry.signal);
      }
    }
    this.#repairedAtMs = this.#clock.now();
    if (this.#announced === 'current') return;
    const life = this.#created;
    this.#announce({ type: 'current', revision: this.revision, ...(life !== undefined && { life }) });
  }

  /** Brings the view to the state that the leader has now. @throws BusError when that cannot be read. */
  async #repair(): Promise<void> {
    const state = await this.#reader.state();
    if (this.#created !== undefined && state.created !== this.#created) this.#forget('the bucket was made anew');
    else this.#settleShortfall(state);
    const answerDoubts = this.#doubts.begin();
    const isDoubtful = this.#doubts.areOpen || this.#created === undefined;
    if (!isDoubtful && (await this.#feedHasBrought(state))) return;
    const comparison = this.#view.compare();
    for await (const chunk of this.#reader.all(state)) {
      if (this.#closed) return;
      comparison.take(chunk);
    }
    const after = await this.#reader.state();
    // A leader that was elected meanwhile may not have everything yet: what it did not find proves nothing.
    if (after.leader !== state.leader || after.created !== state.created) {
      throw new BusError(`the leader of ${this.#reader.bucket} changed during a read`);
    }
    if (this.#closed) return;
    if (comparison.loss !== undefined) {
      // What is left is told by the next repair.
      this.#forget(comparison.loss);
      return;
    }
    answerDoubts();
    this.#view.noteStored(state.revision, state.storedAt);
    if (this.#announced === 'current') this.#announced = 'nothing';
    this.#created = state.created;
    await tellFound(this.#view, comparison, state.revision, this.#clock, () => this.#closed);
  }

  /** Whether the view is whole without being compared: everything that the leader has was heard, one change after the other. */
  async #feedHasBrought(state: BucketState): Promise<boolean> {
    if (this.revision < state.revision) {
      await pause(this.#clock, IN_FLIGHT_MS);
      this.#view.settle([], this.revision);
    }
    return this.revision > state.revision || this.#view.isOf(state);
  }

  /** A node that was just started or elected may not know of the bucket yet; one that never learns of it has lost it. */
  async #remakeIfGone(error: unknown): Promise<void> {
    if (!(error instanceof BusError) || error.code !== NO_SUCH_STREAM) {
      this.#goneSinceMs = undefined;
      return;
    }
    this.#goneSinceMs ??= this.#clock.now();
    if (this.#closed || this.#clock.now() - this.#goneSinceMs < CONFIRM_LOSS_MS) return;
    // Whatever is wrong with it is told by the next attempt to read.
    await this.#options.remake?.().catch(() => {});
  }

  /**
   * The leader has less than was seen. One that was just elected lacks what it has yet to apply; only if one and the same stays so,
   * data is lost. @throws BusError until that is known.
   */
  #settleShortfall(state: BucketState): void {
    const { seen } = this.#view;
    if (state.revision >= seen) {
      this.#short = undefined;
      return;
    }
    this.#doubts.raise();
    const nowMs = this.#clock.now();
    if (this.#short === undefined || this.#short.leader !== state.leader) {
      this.#short = { leader: state.leader, sinceMs: nowMs };
    }
    if (nowMs - this.#short.sinceMs < CONFIRM_LOSS_MS) {
      throw new BusError(`the leader of ${this.#reader.bucket} is at revision ${state.revision}, ${seen} was seen`);
    }
    this.#short = undefined;
    this.#view.dropHeldAfter(state.revision);
    if (state.revision < this.revision) {
      this.#forget(`the bucket went back from revision ${this.revision} to ${state.revision}`);
    }
  }

  #forget(why: string): void {
    this.#view.clear();
    this.#created = undefined;
    this.#expected = 0;
    // What was held may have been of the bucket that is.
    this.#repairAgain = true;
    this.#announce({ type: 'amnesia', why });
    this.#announced = 'nothing';
  }

  #becomeStale(why: string): void {
    if (this.#announced !== 'stale') this.#announce({ type: 'stale', why });
  }

  #announce(change: StoreChange): void {
    if (this.#closed) return;
    if (change.type === 'current' || change.type === 'stale') this.#announced = change.type;
    try {
      this.#listener(change);
    } catch (thrown) {
      // Thrown from here it would end the reader of the connection or leave the view half told.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }
}
