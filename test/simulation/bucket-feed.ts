import type { Entry, StoreChange } from '../../src/nats/store.ts';
import type { Bucket, BusParts } from './bucket.ts';

const CHECK_MS = 1000;
/** Also a watch that seems to be well asks its bucket this often: `RECONCILE_EVERY_MS` of `src/nats/watch.ts`. */
const ASK_EVERY_MS = 30_000;
/** A bucket that has less than was seen may have a leader that has not applied everything: `CONFIRM_LOSS_MS` there. */
const CONFIRM_LOSS_MS = 3000;
const RETRY_MS = 250;
/** A lost connection is mostly noticed in a moment, and else by the next answer that is missed. */
const NOTICED = 0.7;

/**
 * A host's watch of a bucket: in order; with gaps that are noticed late or, when it is deaf, not at all; and with a loss of
 * data, once it has been seen for long enough. What `src/nats/watch.ts` promises of the real one.
 */
export class BucketFeed {
  readonly #bucket: Bucket;
  readonly #host: string;
  readonly #listener: (change: StoreChange) => void;
  readonly #parts: BusParts;
  /** Up to here everything is delivered or under way. */
  #known = 0;
  #keys = new Map<string, Entry>();
  /** The bucket may have gone back, and others may have written since. */
  #isSuspect = false;
  #life = 0;
  #shortSinceMs: number | undefined;
  #lastDeliveryMs = 0;
  #askedMs = 0;
  #gap = true;
  #told: 'current' | 'stale' = 'stale';
  #filling = false;
  #closed = false;
  #waiting: (() => void)[] = [];
  /** Highest revision that the listener has been told of. */
  revision = 0;

  constructor(bucket: Bucket, host: string, listener: (change: StoreChange) => void, parts: BusParts) {
    this.#bucket = bucket;
    this.#host = host;
    this.#listener = listener;
    this.#parts = parts;
  }

  start(): void {
    this.#fillSoon();
    this.#check();
  }

  close(): void {
    this.#closed = true;
    this.#bucket.forget(this);
  }

  offer(entry: Entry): void {
    const inOrder = entry.revision === this.#known + 1 && this.#life === this.#bucket.life;
    if (this.#gap || !inOrder || !this.#hears || this.#parts.network.loses()) {
      this.#gap = true;
      return;
    }
    this.#take(entry);
  }

  /** The connection was lost, and comes back by itself. */
  disconnected(): void {
    this.#gap = true;
    this.#isSuspect = true;
  }

  /** `done` is called when the view is as new as the bucket is now. */
  reconcile(done: () => void): void {
    this.#waiting.push(done);
    this.#fillSoon();
  }

  get #hears(): boolean {
    const { network } = this.#parts;
    return network.hearsJetStream(this.#host) && !network.isCut(`watch of ${this.#host}`);
  }

  #check(): void {
    if (this.#closed) return;
    const { clock, network, random } = this.#parts;
    const isBroken = !network.hearsJetStream(this.#host);
    if (isBroken && this.#told === 'current' && random.chance(NOTICED)) {
      this.disconnected();
      this.#becomeStale('the connection is lost');
    } else if (!isBroken) {
      const isDeaf = network.isCut(`watch of ${this.#host}`);
      const isDue = clock.nowMs - this.#askedMs >= ASK_EVERY_MS;
      if ((this.#gap && !isDeaf) || isDue || this.#waiting.length > 0) this.#fillSoon();
    }
    clock.after(CHECK_MS, () => this.#check());
  }

  #fillSoon(waitMs = 0): void {
    if (this.#filling || this.#closed) return;
    this.#filling = true;
    const { clock, network } = this.#parts;
    clock.after(waitMs + network.delay() + network.delay(), () => {
      this.#filling = false;
      if (this.#closed || this.#bucket.stalled) return;
      if (!network.reachesJetStream(this.#host) || !network.hearsJetStream(this.#host)) return;
      this.#askedMs = clock.nowMs;
      this.#fill();
    });
  }

  /** Reads what is missing from the leader. */
  #fill(): void {
    const { entries, revision, life } = this.#bucket;
    if (this.#life !== 0 && life !== this.#life) {
      this.#forget('the bucket was made anew');
    } else if (revision < this.#known) {
      this.#isSuspect = true;
      this.#shortSinceMs ??= this.#parts.clock.nowMs;
      if (this.#parts.clock.nowMs - this.#shortSinceMs < CONFIRM_LOSS_MS) {
        this.#becomeStale('the leader has less than was seen');
        this.#fillSoon(RETRY_MS);
        return;
      }
      this.#forget(`the bucket went back from revision ${this.#known} to ${revision}`);
    } else if (revision === this.#known && entries.size !== this.#keys.size) {
      this.#forget('keys vanished without being removed');
    } else if (this.#isSuspect && [...this.#keys.values()].some((entry) => isOlder(entries.get(entry.key), entry))) {
      this.#forget('keys are as they were before what was seen of them');
    }
    this.#isSuspect = false;
    this.#shortSinceMs = undefined;
    this.#life = life;
    const missing = [...entries.values()].filter((entry) => entry.revision > this.#known);
    for (const entry of missing.sort((one, other) => one.revision - other.revision)) this.#take(entry);
    this.#known = revision;
    this.#gap = false;
    this.#told = 'current';
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#deliver(() => {
      this.revision = revision;
      this.#listener({ type: 'current', revision, life: String(life) });
      for (const done of waiting) done();
    });
  }

  #forget(why: string): void {
    this.#known = 0;
    this.#keys = new Map();
    this.#deliver(() => {
      this.revision = 0;
      this.#listener({ type: 'amnesia', why });
    });
  }

  #becomeStale(why: string): void {
    if (this.#told === 'stale') return;
    this.#told = 'stale';
    this.#deliver(() => this.#listener({ type: 'stale', why }));
  }

  #take(entry: Entry): void {
    this.#known = entry.revision;
    this.#keys.set(entry.key, entry);
    this.#deliver(() => {
      this.revision = Math.max(this.revision, entry.revision);
      this.#listener({ type: 'entry', entry });
    });
  }

  #deliver(tell: () => void): void {
    const { clock, network } = this.#parts;
    this.#lastDeliveryMs = Math.max(this.#lastDeliveryMs, clock.nowMs + network.delay());
    clock.at(this.#lastDeliveryMs, () => {
      if (!this.#closed) tell();
    });
  }
}

function isOlder(present: Entry | undefined, seen: Entry): boolean {
  if (present === undefined || present.revision < seen.revision) return true;
  return present.revision === seen.revision && present.text !== seen.text;
}
