import type { Msg } from 'nats';
import { type BucketReader, type BucketState, isRemoval } from './bucket-reader.ts';
import { BusError, reasonOf } from './bus-error.ts';
import type { Bus, Listening } from './connection.ts';
import { pause } from './connection.ts';
import type { Entry, StoreChange, StoreWatch } from './store.ts';
import { bucketStream, changePrefix, changeSubjects } from './subjects.ts';

/**
 * Follows a bucket without a consumer: JetStream republishes every change on a plain subject, and the revisions, which have
 * no holes there, show what was missed.
 *
 *                    fill                      next revision
 *   (start) ──► behind ──────────────► current ─────────────┐ listener gets the entry
 *                 ▲  │ read fails: stale   │  ▲─────────────┘
 *                 └──┘ again in 250 ms     │
 *                 ▲                        │ a revision was skipped, the connection was lost or is back, an own write
 *                 └────────────────────────┘ is not heard, a peer has seen more, 30 s have passed
 *
 * While it is behind, changes are held; what is missing is read from the bucket's leader, then the held ones follow. Kept:
 * a key's revision never goes back; entries come in the order of revisions; `current` says that nothing up to its
 * revision is missing; only `amnesia` starts over.
 *
 * Rejected: the KV client's watch and consumers of one's own. Measured when a node of the cluster dies: the first is deaf for
 * 89 s, the second for 1.6 s; this misses a few messages and repairs them at once, at less cost for the servers.
 */
export class BucketWatch implements StoreWatch {
  readonly #reader: BucketReader;
  readonly #listener: (change: StoreChange) => void;
  readonly #onClose: () => void;
  readonly #feed: Listening;
  readonly #unfollow: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #keys = new Map<string, { readonly revision: number; readonly removed: boolean }>();
  /** Changes heard while behind, by revision. */
  readonly #held = new Map<number, Entry>();
  #revision = 0;
  #created: string | undefined;
  #expected = 0;
  #expectTimer: NodeJS.Timeout | undefined;
  #repairing: Promise<void> | undefined;
  #repairAgain = false;
  #repairedAtMs = 0;
  #retry = new AbortController();
  /** Since when the leader has had less than this view has seen. */
  #shortSinceMs: number | undefined;
  #announced: 'nothing' | 'current' | 'stale' = 'nothing';
  #closed = false;

  constructor(
    bus: Bus,
    reader: BucketReader,
    listener: (change: StoreChange) => void,
    options: WatchOptions,
    onClose: () => void,
  ) {
    this.#reader = reader;
    this.#listener = listener;
    this.#onClose = onClose;
    this.#feed = bus.listen(changeSubjects(reader.bucket), (message) => this.#onChange(message));
    this.#unfollow = bus.follow((status) => {
      if (status.type === 'disconnected') this.#becomeStale('the connection to NATS is lost');
      if (status.type === 'connected') void this.reconcile();
    });
    this.#timer = setInterval(() => void this.reconcile(), options.reconcileEveryMs ?? RECONCILE_EVERY_MS);
    void this.reconcile();
  }

  get revision(): number {
    return this.#revision;
  }

  /** Resolves when the view is as new as the bucket was when this was called: while the bus is away, not before it is back. */
  reconcile(): Promise<void> {
    this.#repairAgain = true;
    this.#retry.abort();
    this.#repairing ??= this.#repairUntilCurrent().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  /** A write of `revision` is known to have happened: if the feed does not bring it soon, the feed is deaf. */
  expect(revision: number): void {
    this.#expected = Math.max(this.#expected, revision);
    if (this.#closed || this.#revision >= revision) return;
    this.#expectTimer ??= setTimeout(() => {
      this.#expectTimer = undefined;
      if (this.#revision < this.#expected) void this.reconcile();
    }, FEED_LAG_MS);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#feed.close();
    this.#unfollow();
    clearInterval(this.#timer);
    clearTimeout(this.#expectTimer);
    this.#retry.abort();
    this.#onClose();
  }

  #onChange(message: Msg): void {
    const entry = changeOf(this.#reader.bucket, message);
    if (entry === undefined) return;
    if (this.#repairing !== undefined) {
      // What does not fit is read from the bucket in the next round.
      if (this.#held.size < MAX_HELD) this.#held.set(entry.revision, entry);
      else this.#repairAgain = true;
    } else if (entry.revision === this.#revision + 1) {
      this.#apply(entry);
    } else if (entry.revision > this.#revision) {
      this.#held.set(entry.revision, entry);
      void this.reconcile();
    } else if (performance.now() - this.#repairedAtMs > SUSPECT_EVERY_MS) {
      // Usually read already by a repair that overtook the feed; but it may come from a bucket that was made anew.
      void this.reconcile();
    }
  }

  async #repairUntilCurrent(): Promise<void> {
    while (this.#repairAgain && !this.#closed) {
      this.#repairAgain = false;
      this.#retry = new AbortController();
      try {
        await this.#repair();
        this.#releaseHeld();
      } catch (error) {
        this.#becomeStale(reasonOf(error));
        this.#repairAgain = true;
        await pause(RETRY_MS, this.#retry.signal);
      }
    }
    if (this.#closed) return;
    this.#repairedAtMs = performance.now();
    if (this.#announced !== 'current') this.#announce({ type: 'current', revision: this.#revision });
  }

  /** Brings the view to the state that the leader has now. @throws BusError when that cannot be read. */
  async #repair(): Promise<void> {
    const state = await this.#reader.state();
    if (this.#created !== undefined && state.created !== this.#created) this.#forget('the bucket was made anew');
    else this.#settleShortfall(state);
    const behind = state.revision - this.#revision;
    const stepwise = this.#created !== undefined && behind <= Math.max(MIN_STEPWISE, this.#keys.size);
    if (stepwise && behind === 0 && state.keys === this.#keys.size) return;
    if (this.#announced === 'current') this.#announced = 'nothing';
    const entries =
      stepwise && behind > 0 ? await this.#reader.range(this.#revision + 1, state.revision) : await this.#reader.all();
    const after = await this.#reader.state();
    // A leader that was elected meanwhile may not have everything yet: what it did not find proves nothing.
    if (after.leader !== state.leader || after.created !== state.created)
      throw new BusError('the leader changed during a read');
    if (this.#closed) return;
    if (!(stepwise && behind > 0)) this.#forgetVanished(entries);
    this.#created = state.created;
    for (const entry of entries) {
      // Written since: follows with the held ones, in its order.
      if (entry.revision > state.revision) this.#held.set(entry.revision, entry);
      else this.#apply(entry);
    }
    this.#revision = Math.max(this.#revision, state.revision);
  }

  /**
   * The leader has less than was seen. A leader that was just elected lacks what it has yet to apply; only if it stays so, data
   * is lost.
   */
  #settleShortfall(state: BucketState): void {
    const seen = Math.max(this.#revision, ...this.#held.keys());
    if (state.revision >= seen) {
      this.#shortSinceMs = undefined;
      return;
    }
    this.#shortSinceMs ??= performance.now();
    if (performance.now() - this.#shortSinceMs < CONFIRM_LOSS_MS) {
      throw new BusError(`the leader is at revision ${state.revision}, ${seen} was seen`);
    }
    this.#shortSinceMs = undefined;
    for (const revision of this.#held.keys()) if (revision > state.revision) this.#held.delete(revision);
    if (state.revision < this.#revision)
      this.#forget(`the bucket went back from revision ${this.#revision} to ${state.revision}`);
  }

  /** Keys that are gone without a removal. The markers of removed keys may be swept away by any KV client. */
  #forgetVanished(entries: readonly Entry[]): void {
    const present = new Set(entries.map((entry) => entry.key));
    const vanished = [...this.#keys].filter(([key]) => !present.has(key));
    const lost = vanished.filter(([, { removed }]) => !removed).map(([key]) => key);
    if (lost.length > 0)
      this.#forget(`keys vanished without being removed: ${lost.slice(0, 3).join(', ')} (${lost.length})`);
    for (const [key] of vanished) this.#keys.delete(key);
  }

  #forget(why: string): void {
    this.#keys.clear();
    this.#held.clear();
    this.#revision = 0;
    this.#created = undefined;
    this.#expected = 0;
    // What was held may be of the bucket that is.
    this.#repairAgain = true;
    this.#announce({ type: 'amnesia', why });
    this.#announced = 'nothing';
  }

  #releaseHeld(): void {
    for (const revision of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (revision > this.#revision + 1) {
        this.#repairAgain = true;
        return;
      }
      const entry = this.#held.get(revision);
      this.#held.delete(revision);
      if (entry !== undefined) this.#apply(entry);
    }
  }

  #apply(entry: Entry): void {
    this.#revision = Math.max(this.#revision, entry.revision);
    if (entry.revision <= (this.#keys.get(entry.key)?.revision ?? 0)) return;
    this.#keys.set(entry.key, { revision: entry.revision, removed: entry.text === null });
    this.#announce({ type: 'entry', entry });
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
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }
}

export interface WatchOptions {
  readonly reconcileEveryMs?: number;
}

/** One small request a bucket; the feed itself is checked by every change, every own write and every peer's beat. */
const RECONCILE_EVERY_MS = 30_000;
const RETRY_MS = 250;
/** Many times the measured 2–4 ms. */
const FEED_LAG_MS = 500;
const SUSPECT_EVERY_MS = 1000;
/** Longer than a new leader takes to apply what it has. */
const CONFIRM_LOSS_MS = 3000;
/** Up to so many revisions behind, reading revision by revision is no dearer than reading every key. */
const MIN_STEPWISE = 256;
const MAX_HELD = 10_000;

function changeOf(bucket: string, message: Msg): Entry | undefined {
  const { headers } = message;
  const revision = Number(headers?.get('Nats-Sequence'));
  if (headers?.get('Nats-Stream') !== bucketStream(bucket) || !Number.isSafeInteger(revision) || revision < 1)
    return undefined;
  return {
    key: message.subject.slice(changePrefix(bucket).length),
    revision,
    text: isRemoval((name) => headers.get(name)) ? null : message.string(),
  };
}
