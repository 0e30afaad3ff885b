import type { WriteAnswer } from '../../src/domain/membership/own-key.ts';
import type { HeapClock } from './heap-clock.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';

export interface KeyEntry<T> {
  readonly key: string;
  readonly revision: number;
  readonly value: T;
}

export type FeedChange<T> =
  | { readonly type: 'entry'; readonly entry: KeyEntry<T> }
  | { readonly type: 'current'; readonly revision: number }
  | { readonly type: 'stale' };

const REQUEST_TIMEOUT_MS = 1000;
/** Measured: of the puts that timed out at a frozen leader up to all landed after it thawed, as much as 20 s later. */
export const LATEST_LANDING_MS = 20_000;
const FEED_CHECK_MS = 1000;

/**
 * One bucket of a replicated JetStream stream as its clients meet it: compare-and-set in one order; stalls while there is
 * no leader; answers that are lost; timed-out writes that land seconds later; reads that are now and then old.
 */
export class Bucket<T> {
  readonly entries = new Map<string, KeyEntry<T>>();
  readonly #name: string;
  readonly #clock: HeapClock;
  readonly #network: Network;
  readonly #random: Random;
  readonly #feeds = new Set<Feed<T>>();
  readonly #previous = new Map<string, KeyEntry<T>>();
  revision = 0;
  stalledUntilMs = 0;
  /** Called in the very moment in which a write lands. */
  onLanded: (entry: KeyEntry<T>, before: KeyEntry<T> | undefined, writer: string) => void = () => undefined;

  constructor(name: string, parts: { readonly clock: HeapClock; readonly network: Network; readonly random: Random }) {
    this.#name = name;
    this.#clock = parts.clock;
    this.#network = parts.network;
    this.#random = parts.random;
  }

  get name(): string {
    return this.#name;
  }

  update(host: string, key: string, value: T, expected: number, answer: (outcome: WriteAnswer) => void): void {
    const once = this.#timed<WriteAnswer>(answer, { outcome: 'unknown', why: 'no answer in time' });
    this.#ask(host, {
      stalled: () => this.#updateStalled(host, { key, value, expected }, once),
      arrived: () => this.#reply(host, once, this.#compareAndSet(host, key, value, expected)),
    });
  }

  /** `undefined`: nobody answered. */
  read(
    host: string,
    key: string,
    answer: (entry: { readonly entry: KeyEntry<T> | undefined } | undefined) => void,
  ): void {
    const once = this.#timed<{ readonly entry: KeyEntry<T> | undefined } | undefined>(answer, undefined);
    this.#ask(host, {
      stalled: () => undefined,
      arrived: () => {
        const old = this.#random.chance(0.005);
        this.#reply(host, once, { entry: (old ? this.#previous : this.entries).get(key) });
      },
    });
  }

  watch(host: string, listener: (change: FeedChange<T>) => void): Feed<T> {
    const feed = new Feed(this, host, listener, { clock: this.#clock, network: this.#network, random: this.#random });
    this.#feeds.add(feed);
    feed.start();
    return feed;
  }

  forget(feed: Feed<T>): void {
    this.#feeds.delete(feed);
  }

  get stalled(): boolean {
    return this.#clock.nowMs < this.stalledUntilMs;
  }

  #ask(host: string, ways: { readonly stalled: () => void; readonly arrived: () => void }): void {
    if (!this.#network.reachesJetStream(host) || this.#network.loses()) return;
    this.#clock.after(this.#network.delay(), () => {
      if (this.#network.isCut('jetstream')) return;
      if (this.stalled) ways.stalled();
      else ways.arrived();
    });
  }

  #updateStalled(
    host: string,
    { key, value, expected }: { readonly key: string; readonly value: T; readonly expected: number },
    answer: (outcome: WriteAnswer) => void,
  ): void {
    const fate = this.#random.next();
    if (fate < 0.4) {
      this.#reply(host, answer, { outcome: 'unknown', why: 'no leader' });
    } else if (fate < 0.7) {
      const lateMs = this.#random.between(0, LATEST_LANDING_MS);
      this.#clock.after(this.stalledUntilMs - this.#clock.nowMs + lateMs, () =>
        this.#compareAndSet(host, key, value, expected),
      );
    }
  }

  #reply<R>(host: string, answer: (result: R) => void, result: R): void {
    this.#clock.after(this.#network.delay(), () => {
      if (this.#network.hearsJetStream(host) && !this.#network.loses()) answer(result);
    });
  }

  #timed<R>(answer: (result: R) => void, timedOut: R): (result: R) => void {
    let answered = false;
    const once = (result: R) => {
      if (answered) return;
      answered = true;
      answer(result);
    };
    this.#clock.after(REQUEST_TIMEOUT_MS, () => once(timedOut));
    return once;
  }

  #compareAndSet(host: string, key: string, value: T, expected: number): WriteAnswer {
    const before = this.entries.get(key);
    if ((before?.revision ?? 0) !== expected) return { outcome: 'lost' };
    this.revision += 1;
    const entry = { key, revision: this.revision, value };
    this.entries.set(key, entry);
    if (before !== undefined) this.#previous.set(key, before);
    this.onLanded(entry, before, host);
    for (const feed of this.#feeds) feed.offer(entry);
    return { outcome: 'won', revision: entry.revision };
  }
}

/** A host's watch of a bucket: in order, with gaps that are noticed late or, when it is deaf, not at all. */
export class Feed<T> {
  readonly #bucket: Bucket<T>;
  readonly #host: string;
  readonly #listener: (change: FeedChange<T>) => void;
  readonly #clock: HeapClock;
  readonly #network: Network;
  readonly #random: Random;
  readonly #seen = new Map<string, number>();
  #lastDeliveryMs = 0;
  #gap = true;
  #told: 'current' | 'stale' = 'stale';
  #filling = false;
  #closed = false;

  constructor(
    bucket: Bucket<T>,
    host: string,
    listener: (change: FeedChange<T>) => void,
    parts: { readonly clock: HeapClock; readonly network: Network; readonly random: Random },
  ) {
    this.#bucket = bucket;
    this.#host = host;
    this.#listener = listener;
    this.#clock = parts.clock;
    this.#network = parts.network;
    this.#random = parts.random;
  }

  start(): void {
    this.reconcile();
    this.#check();
  }

  close(): void {
    this.#closed = true;
    this.#bucket.forget(this);
  }

  offer(entry: KeyEntry<T>): void {
    if (this.#gap || !this.#hears || this.#network.loses()) {
      this.#gap = true;
      return;
    }
    this.#deliver({ type: 'entry', entry });
  }

  /** Reads the whole bucket. */
  reconcile(): void {
    if (this.#filling || this.#closed) return;
    this.#filling = true;
    this.#clock.after(this.#network.delay() + this.#network.delay(), () => {
      this.#filling = false;
      if (this.#closed || this.#bucket.stalled) return;
      if (!this.#network.reachesJetStream(this.#host) || !this.#network.hearsJetStream(this.#host)) return;
      const entries = [...this.#bucket.entries.values()].sort((one, other) => one.revision - other.revision);
      for (const entry of entries) {
        if (entry.revision > (this.#seen.get(entry.key) ?? 0)) this.#deliver({ type: 'entry', entry });
      }
      this.#deliver({ type: 'current', revision: this.#bucket.revision });
      this.#gap = false;
      this.#told = 'current';
    });
  }

  get #hears(): boolean {
    return this.#network.hearsJetStream(this.#host) && !this.#network.isCut(`watch of ${this.#host}`);
  }

  #check(): void {
    if (this.#closed) return;
    const broken = !this.#network.hearsJetStream(this.#host);
    if (broken && this.#told === 'current' && this.#random.chance(0.7)) {
      this.#gap = true;
      this.#told = 'stale';
      this.#deliver({ type: 'stale' });
    } else if (!broken && this.#gap && !this.#network.isCut(`watch of ${this.#host}`)) {
      this.reconcile();
    }
    this.#clock.after(FEED_CHECK_MS, () => this.#check());
  }

  #deliver(change: FeedChange<T>): void {
    const { nowMs } = this.#clock;
    this.#lastDeliveryMs = Math.max(this.#lastDeliveryMs, nowMs + this.#network.delay());
    if (change.type === 'entry') this.#seen.set(change.entry.key, change.entry.revision);
    this.#clock.at(this.#lastDeliveryMs, () => {
      if (!this.#closed) this.#listener(change);
    });
  }
}
