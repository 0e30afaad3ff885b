import type { Entry, StoreChange, WriteOutcome } from '../../src/nats/store.ts';
import { BucketFeed } from './bucket-feed.ts';
import type { HeapClock } from './heap-clock.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';

/** A compare-and-set as it travels. `text: null` removes the key. */
export interface Write {
  readonly key: string;
  readonly text: string | null;
  readonly expected: number;
}

/** What a bucket held at some moment. */
export interface Backup {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly revision: number;
}

export interface BusParts {
  readonly clock: HeapClock;
  readonly network: Network;
  readonly random: Random;
}

const REQUEST_TIMEOUT_MS = 1000;
/** Measured: of the puts that timed out at a frozen leader up to all landed after it thawed, as much as 20 s later. */
export const LATEST_LANDING_MS = 20_000;
const OLD_READ = 0.005;

/**
 * One bucket of a replicated JetStream stream as its clients meet it: compare-and-set in one order; stalls while there is
 * no leader; answers that are lost; timed-out writes that land seconds later; reads that are now and then old; and, if it
 * comes to the worst, amnesia.
 */
export class Bucket {
  readonly name: string;
  entries = new Map<string, Entry>();
  revision = 0;
  /** Counts how often it was made anew. */
  life = 1;
  stalledUntilMs = 0;
  /** Called in the very moment in which a write lands. */
  onLanded: (entry: Entry, before: Entry | undefined, writer: string) => void = () => undefined;
  readonly #parts: BusParts;
  readonly #feeds = new Set<BucketFeed>();
  readonly #previous = new Map<string, Entry>();
  /** Moves on with every loss: what was under way before it lands no more. */
  #era = 0;

  constructor(name: string, parts: BusParts) {
    this.name = name;
    this.#parts = parts;
  }

  write(host: string, write: Write, answer: (outcome: WriteOutcome) => void): void {
    const once = this.#timed<WriteOutcome>(answer, { outcome: 'unknown', why: 'no answer in time' });
    this.#ask(host, {
      stalled: () => this.#writeStalled(host, write, once),
      arrived: () => this.#reply(host, once, this.#compareAndSet(host, write)),
    });
  }

  /** `undefined`: nobody answered. */
  read(host: string, key: string, answer: (found: { readonly entry: Entry | undefined } | undefined) => void): void {
    const once = this.#timed<{ readonly entry: Entry | undefined } | undefined>(answer, undefined);
    this.#ask(host, {
      stalled: () => undefined,
      arrived: () => {
        const isOld = this.#parts.random.chance(OLD_READ);
        this.#reply(host, once, { entry: (isOld ? this.#previous : this.entries).get(key) });
      },
    });
  }

  /** As an operator's tool does it, which tries until it succeeds. */
  put(key: string, text: string): void {
    this.#compareAndSet('operator', { key, text, expected: this.entries.get(key)?.revision ?? 0 });
  }

  watch(host: string, listener: (change: StoreChange) => void): BucketFeed {
    const feed = new BucketFeed(this, host, listener, this.#parts);
    this.#feeds.add(feed);
    feed.start();
    return feed;
  }

  forget(feed: BucketFeed): void {
    this.#feeds.delete(feed);
  }

  get stalled(): boolean {
    return this.#parts.clock.nowMs < this.stalledUntilMs;
  }

  backup(): Backup {
    return { entries: new Map(this.entries), revision: this.revision };
  }

  /** Amnesia: the bucket is as it was at the backup, or, without one, made anew. Every connection was lost on the way. */
  lose(backup?: Backup): void {
    this.entries = new Map(backup?.entries);
    this.revision = backup?.revision ?? 0;
    if (backup === undefined) this.life += 1;
    this.#previous.clear();
    this.#era += 1;
    for (const feed of this.#feeds) feed.disconnected();
  }

  #ask(host: string, ways: { readonly stalled: () => void; readonly arrived: () => void }): void {
    const { clock, network } = this.#parts;
    if (!network.reachesJetStream(host) || network.loses()) return;
    clock.after(network.delay(), () => {
      if (network.isCut('jetstream')) return;
      if (this.stalled) ways.stalled();
      else ways.arrived();
    });
  }

  #writeStalled(host: string, write: Write, answer: (outcome: WriteOutcome) => void): void {
    const { clock, random } = this.#parts;
    const fate = random.next();
    if (fate < 0.4) {
      this.#reply(host, answer, { outcome: 'unknown', why: 'no leader' });
    } else if (fate < 0.7) {
      const lateMs = random.between(0, LATEST_LANDING_MS);
      const era = this.#era;
      clock.after(this.stalledUntilMs - clock.nowMs + lateMs, () => {
        if (era === this.#era) this.#compareAndSet(host, write);
      });
    }
  }

  #reply<R>(host: string, answer: (result: R) => void, result: R): void {
    const { clock, network } = this.#parts;
    clock.after(network.delay(), () => {
      if (network.hearsJetStream(host) && !network.loses()) answer(result);
    });
  }

  #timed<R>(answer: (result: R) => void, timedOut: R): (result: R) => void {
    let answered = false;
    const once = (result: R) => {
      if (answered) return;
      answered = true;
      answer(result);
    };
    this.#parts.clock.after(REQUEST_TIMEOUT_MS, () => once(timedOut));
    return once;
  }

  #compareAndSet(host: string, { key, text, expected }: Write): WriteOutcome {
    const before = this.entries.get(key);
    if ((before?.revision ?? 0) !== expected) return { outcome: 'lost' };
    this.revision += 1;
    const entry = { key, revision: this.revision, text };
    this.entries.set(key, entry);
    if (before !== undefined) this.#previous.set(key, before);
    this.onLanded(entry, before, host);
    for (const feed of this.#feeds) feed.offer(entry);
    return { outcome: 'won', revision: entry.revision };
  }
}
