import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import { ShortTurns } from '../../host/short-turns.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { HerdSight } from '../joining/herd-memory.ts';
import { BucketFeed, type FeedListener } from './bucket-feed.ts';
import type { Staleness } from './staleness.ts';

export type BucketName = 'servers' | 'owners' | 'streams';

type Listener = Pick<FeedListener, 'take' | 'lost'> & Partial<Pick<FeedListener, 'current' | 'stale' | 'swept'>>;

/** The three buckets as this server follows them. */
export class Feeds {
  readonly #feeds: Readonly<Record<BucketName, BucketFeed>>;

  constructor(
    { clock = PROCESS_CLOCK, ...stores }: Readonly<Record<BucketName, Store>> & { readonly clock?: Clock },
    staleness: Staleness,
    listeners: Readonly<Record<BucketName, Listener>>,
  ) {
    const follow = (bucket: BucketName, turns?: ShortTurns) => {
      const listener = {
        swept: () => {},
        ...listeners[bucket],
        current: (revision: number) => {
          listeners[bucket].current?.(revision);
          staleness.end(bucket);
        },
        stale: (why: string) => {
          listeners[bucket].stale?.(why);
          staleness.begin(bucket, `${bucket}: ${why}`);
        },
      };
      return new BucketFeed(stores[bucket], listener, turns);
    };
    // Definitions come by the thousand when a client publishes them, and each makes an actor; they need not all come at once.
    const streams = follow('streams', new ShortTurns(clock));
    this.#feeds = { servers: follow('servers'), owners: follow('owners'), streams };
  }

  /** Resolves when the three views have been filled. */
  async filled(): Promise<void> {
    await Promise.all(this.#all.map((feed) => feed.filled));
  }

  /** Resolves when each view is as new as its bucket was when this was called. Not before the bus is there. */
  async reconciled(): Promise<void> {
    await Promise.all(this.#all.map((feed) => feed.reconcile()));
  }

  /** The same of one of them. */
  async reconcile(bucket: BucketName): Promise<void> {
    await this.#feeds[bucket].reconcile();
  }

  /** How far the views reach, and of which life of its bucket each is. */
  sight(): HerdSight {
    const of = ({ revision, life }: BucketFeed) => ({ revision, life });
    return { servers: of(this.#feeds.servers), owners: of(this.#feeds.owners) };
  }

  /** Revisions that the views reflect, for beats. */
  revisions(): { readonly owners: number; readonly streams: number } {
    return { owners: this.#feeds.owners.revision, streams: this.#feeds.streams.revision };
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((feed) => feed.close()));
  }

  get #all(): readonly BucketFeed[] {
    return Object.values(this.#feeds);
  }
}
