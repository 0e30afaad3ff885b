import type { Msg } from 'nats';
import { type Clock, every, PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Bus } from '../connection/bus.ts';
import { BusError, reasonOf } from '../connection/bus-error.ts';
import { NO_SUCH_STREAM } from '../connection/jetstream-api.ts';
import { changeSubjects } from '../connection/subjects.ts';
import { changeOf } from './bucket-change.ts';
import type { BucketReader, BucketState } from './bucket-reader.ts';
import { Absence, Doubts, ExpectedWrites, Shortfall } from './doubts.ts';
import type { StoreChange, StoreWatch } from './store.ts';
import { Announcer, tellFound } from './telling.ts';
import { ToldBucket } from './told-bucket.ts';

export interface WatchOptions {
  readonly reconcileEveryMs?: number;
  /** Makes the bucket again when it is lost. @throws BusError when that cannot be done now. */
  readonly remake?: () => Promise<void>;
  readonly clock?: Clock;
}

/** One small request a bucket; the feed itself is checked by every change and by every own write. */
const RECONCILE_EVERY_MS = 30_000;
const RETRY_MS = 250;
/** If the leader has more than the feed has brought, and the feed does not bring it within this time, the feed has lost it. */
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
 * follows does not fit what was told, and all is compared as well. A bucket that is gone for 3 s is made again, and that is amnesia too.
 *
 * Rejected: the KV client's watch and consumers of one's own. Measured when a node of the cluster dies: the first is deaf for
 * 89 s, the second for 1.6 s; this misses a few messages and repairs them at once, at less cost for the servers.
 */
export class BucketWatch implements StoreWatch {
  readonly #reader: BucketReader;
  readonly #options: WatchOptions;
  readonly #announcer: Announcer;
  readonly #clock: Clock;
  /** Called one after the other when it is closed. */
  readonly #ends: readonly (() => void)[];
  readonly #told = new ToldBucket((change) => this.#announcer.announce(change));
  /** When the bucket of the view was made; `undefined`: there is no view yet. */
  #created: string | undefined;
  readonly #expected: ExpectedWrites;
  #repairing: Promise<void> | undefined;
  #repairAgain = false;
  /** Aborted with a reason: without one, an error with a stack would be made, which no code reads. */
  #retry = new AbortController();
  readonly #shortfall: Shortfall;
  /** The bucket may have gone back, and others may have written since: then its revision alone does not show it. */
  readonly #doubts: Doubts;
  readonly #absence: Absence;
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
    this.#shortfall = new Shortfall(this.#clock);
    this.#absence = new Absence(this.#clock);
    this.#expected = new ExpectedWrites(
      this.#clock,
      () => this.revision,
      () => void this.reconcile(),
    );
    this.#announcer = new Announcer(listener);
    const feed = bus.listen(changeSubjects(reader.bucket), (message) => this.#onChange(message));
    const unfollow = bus.follow((status) => {
      if (status.type === 'disconnected') {
        this.#doubts.raise();
        this.#announcer.becomeStale('the connection to NATS is lost');
      }
      if (status.type === 'connected') void this.reconcile();
      if (status.type === 'closed' || status.type === 'broken') void this.close();
    });
    const everyMs = options.reconcileEveryMs ?? RECONCILE_EVERY_MS;
    const endRounds = every(this.#clock, everyMs, () => void this.reconcile());
    this.#ends = [() => feed.close(), unfollow, endRounds, onClose];
    void this.reconcile();
  }

  get revision(): number {
    return this.#told.revision;
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

  /** A write of `revision` is known to have happened. */
  expect(revision: number): void {
    if (!this.#closed) this.#expected.expect(revision);
  }

  /** The marker of the removal at `revision` is known to be gone. */
  swept(key: string, revision: number): void {
    // A comparison that has already seen the marker must find it known; this comparison or the next one tells that it is gone.
    if (this.#repairing === undefined && this.#told.isRemoved(key, revision)) this.#told.forget(key);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#expected.close();
    this.#announcer.close();
    this.#doubts.close();
    this.#retry.abort('now');
    for (const end of this.#ends) end();
  }

  #onChange(message: Msg): void {
    const change = changeOf(this.#reader.bucket, message);
    if (change === undefined) return;
    const { entry, storedAt } = change;
    if (this.#repairing === undefined && this.#told.contradicts(change)) {
      this.#forget(`revision ${entry.revision}, of ${entry.key}, does not follow what was seen of it`);
      void this.reconcile();
      return;
    }
    if (!this.#told.fits(change)) {
      this.#doubts.raiseAndCompare(() => void this.reconcile(), this.#repairing !== undefined);
    }
    this.#told.noteStored(entry.revision, storedAt);
    if (this.#repairing !== undefined) {
      if (!this.#told.hold(entry)) this.#repairAgain = true;
    } else if (entry.revision === this.revision + 1) {
      this.#told.apply(entry);
    } else if (entry.revision > this.revision) {
      this.#told.hold(entry);
      void this.reconcile();
    }
  }

  async #repairUntilCurrent(): Promise<void> {
    while (this.#repairAgain && !this.#closed) {
      this.#repairAgain = false;
      this.#retry = new AbortController();
      try {
        await this.#repair();
        this.#absence.isThere();
        this.#repairAgain ||= !this.#told.isWhole;
      } catch (error) {
        this.#announcer.becomeStale(reasonOf(error));
        this.#repairAgain = true;
        await this.#remakeIfGone(error);
        await pause(this.#clock, RETRY_MS, this.#retry.signal);
      }
    }
    this.#doubts.compared();
    if (this.#announcer.saidCurrent) return;
    const life = this.#created;
    this.#announcer.announce({ type: 'current', revision: this.revision, ...(life !== undefined && { life }) });
  }

  /** Brings the view to the state that the leader has now. @throws BusError when that cannot be read. */
  async #repair(): Promise<void> {
    const state = await this.#reader.state();
    if (this.#created !== undefined && state.created !== this.#created) this.#forget('the bucket was made anew');
    else this.#settleShortfall(state);
    const answerDoubts = this.#doubts.begin();
    const isDoubtful = this.#doubts.areOpen || this.#created === undefined;
    if (!isDoubtful && (await this.#feedHasBrought(state))) return;
    const comparison = this.#told.compare();
    for await (const chunk of this.#reader.all(state)) {
      if (this.#closed) return;
      comparison.take(chunk);
    }
    await this.#reader.expectUnchanged(state);
    if (this.#closed) return;
    // What is left is told by the next repair.
    if (comparison.loss !== undefined) return this.#forget(comparison.loss);
    answerDoubts();
    this.#told.noteStored(state.revision, state.storedAt);
    if (this.#announcer.saidCurrent) this.#announcer.retract();
    this.#created = state.created;
    await tellFound(this.#told, comparison, state.revision, this.#clock, () => this.#closed);
  }

  /** Whether the view is complete without a comparison: every change that the leader has was heard, one after the other. */
  async #feedHasBrought(state: BucketState): Promise<boolean> {
    if (this.revision < state.revision) {
      await pause(this.#clock, IN_FLIGHT_MS);
      this.#told.settle([], this.revision);
    }
    return this.revision > state.revision || this.#told.isOf(state);
  }

  async #remakeIfGone(error: unknown): Promise<void> {
    if (!(error instanceof BusError) || error.code !== NO_SUCH_STREAM) {
      this.#absence.isThere();
      return;
    }
    const isGone = this.#absence.isMissing();
    // If the bucket is wrong, the next attempt to read tells it.
    if (isGone && !this.#closed) await this.#options.remake?.().catch(() => {});
  }

  /** @throws BusError until it is known whether a leader that has less than was seen has lost data. */
  #settleShortfall(state: BucketState): void {
    const { seen } = this.#told;
    const shortfall = this.#shortfall.judge(state, seen);
    if (shortfall === 'none') return;
    this.#doubts.raise();
    if (shortfall === 'not sure yet') {
      throw new BusError(`the leader of ${this.#reader.bucket} is at revision ${state.revision}, ${seen} was seen`);
    }
    this.#told.dropHeldAfter(state.revision);
    if (state.revision < this.revision) {
      this.#forget(`the bucket went back from revision ${this.revision} to ${state.revision}`);
    }
  }

  #forget(why: string): void {
    this.#told.clear();
    this.#created = undefined;
    this.#expected.forget();
    // The held changes may be from the new bucket.
    this.#repairAgain = true;
    this.#announcer.announce({ type: 'amnesia', why });
    this.#announcer.retract();
  }
}
