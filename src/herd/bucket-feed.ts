import type { Log } from '../domain/log.ts';
import type { Entry, Store, StoreWatch } from '../nats/store.ts';

/** Follows one bucket for the life of the process: entries in the order of revisions, and when the view is whole. */
export class BucketFeed {
  /** Resolves when every entry that the bucket had at the start has been taken. */
  readonly filled: Promise<void>;
  readonly #watch: StoreWatch;

  constructor(
    store: Store,
    log: Log,
    take: (entry: Entry) => void,
    onAmnesia: (why: string) => void,
    onCurrent: (revision: number) => void = () => {},
  ) {
    let resolveFilled = () => {};
    this.filled = new Promise((resolve) => {
      resolveFilled = resolve;
    });
    this.#watch = store.watch((change) => {
      if (change.type === 'entry') take(change.entry);
      else if (change.type === 'current') {
        onCurrent(change.revision);
        resolveFilled();
      } else if (change.type === 'stale') log.warn(`the view of ${store.bucket} may be old: ${change.why}`);
      else {
        log.error(`the bucket ${store.bucket} lost data: ${change.why}`);
        onAmnesia(change.why);
      }
    });
  }

  get revision(): number {
    return this.#watch.revision;
  }

  reconcile(): void {
    // A bus that does not answer is told of by the watch itself.
    this.#watch.reconcile().catch(() => {});
  }

  close(): Promise<void> {
    return this.#watch.close();
  }
}
