import type { ShortTurns } from '../../host/short-turns.ts';
import type { Entry, Store, StoreChange, StoreWatch } from '../../nats/buckets/store.ts';

export interface FeedListener {
  take(entry: Entry): void;
  /** The marker of the removal at `revision` is gone. */
  swept(key: string, revision: number): void;
  /** Nothing up to `revision` is missing. */
  current(revision: number): void;
  stale(why: string): void;
  /** The bucket lost data. It is filled again after this. */
  lost(why: string): void;
}

/** Follows one bucket for the life of the process: entries in the order of revisions, and when the view is whole. */
export class BucketFeed {
  /** Resolves when every entry that the bucket had at the start has been taken. */
  readonly filled: Promise<void>;
  readonly #watch: StoreWatch;
  readonly #turns: ShortTurns | undefined;
  #life = '';

  /** `turns`: entries that come in a burst are taken in short turns; without it all are taken at once. */
  constructor(store: Store, { take, swept, current, stale, lost }: FeedListener, turns?: ShortTurns) {
    this.#turns = turns;
    let resolveFilled = () => {};
    this.filled = new Promise((resolve) => {
      resolveFilled = resolve;
    });
    const happened = (change: StoreChange) => {
      if (change.type === 'entry') take(change.entry);
      else if (change.type === 'swept') swept(change.key, change.revision);
      else if (change.type === 'stale') stale(change.why);
      else if (change.type === 'amnesia') lost(change.why);
      else {
        current(change.revision);
        this.#life = change.life ?? '';
        resolveFilled();
      }
    };
    this.#watch = store.watch((change) => (turns === undefined ? happened(change) : turns.add(() => happened(change))));
  }

  /** Differs when the bucket was made again. */
  get life(): string {
    return this.#life;
  }

  get revision(): number {
    return this.#watch.revision;
  }

  /** Resolves when the view is as new as the bucket was when this was called. */
  async reconcile(): Promise<void> {
    // The watch itself tells when the bus does not answer.
    await this.#watch.reconcile().catch(() => {});
    await this.#turns?.drained();
  }

  close(): Promise<void> {
    this.#turns?.close();
    return this.#watch.close();
  }
}
