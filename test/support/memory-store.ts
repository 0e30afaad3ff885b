import type { Entry, Store, StoreChange, StoreWatch, WriteOutcome } from '../../src/nats/buckets/store.ts';
import { BusError } from '../../src/nats/connection/bus-error.ts';
import { isKey } from '../../src/nats/connection/subjects.ts';

/**
 * Buckets in memory that behave as JetStream's do, for tests and simulations. One world is shared by several views, one for
 * each server; what a view asks and hears passes through the hooks of the world, which may delay it, lose it or cut it off.
 */
export interface MemoryWorld {
  /** The bucket as `view` reaches it. */
  open(bucket: string, view?: string): Store;
  /** Tells the view's watches that they are cut off or, with everything they missed, back. */
  setHeard(view: string, heard: boolean): void;
  /** Loses everything in the bucket: revisions start at 1 again. */
  lose(bucket: string): void;
}

export type Question = 'update' | 'remove' | 'sweep' | 'read';

export interface MemoryWorldOptions {
  /** Runs `deliver` now or later; a view's deliveries must keep their order. Default: as a microtask. */
  readonly schedule?: (deliver: () => void, view: string) => void;
  /** What becomes of a question of `view`. Default: `answered`. */
  readonly fate?: (view: string, question: Question, key: string) => Fate;
}

/** `landed`: done, but the answer is lost. `lost`: never done. `late`: no answer, and done when the world's schedule comes to it. */
export type Fate = 'answered' | 'landed' | 'lost' | 'late';

interface Bucket {
  readonly entries: Map<string, Entry>;
  readonly watches: Set<MemoryWatch>;
  revision: number;
}

type Hooks = Required<MemoryWorldOptions>;

export function memoryWorld(options: MemoryWorldOptions = {}): MemoryWorld {
  const hooks: Hooks = {
    schedule: options.schedule ?? ((deliver) => queueMicrotask(deliver)),
    fate: options.fate ?? (() => 'answered'),
  };
  const buckets = new Map<string, Bucket>();
  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name) ?? { entries: new Map(), watches: new Set(), revision: 0 };
    buckets.set(name, bucket);
    return bucket;
  };
  return {
    open: (bucket, view = 'only') => new MemoryStore(bucket, bucketOf(bucket), view, hooks),
    setHeard: (view, heard) => {
      for (const { watches } of buckets.values())
        for (const watch of watches) if (watch.view === view) watch.setHeard(heard);
    },
    lose: (name) => {
      const bucket = bucketOf(name);
      bucket.entries.clear();
      bucket.revision = 0;
      for (const watch of bucket.watches) watch.lose();
    },
  };
}

class MemoryStore implements Store {
  readonly bucket: string;
  readonly #bucket: Bucket;
  readonly #view: string;
  readonly #hooks: Hooks;

  constructor(name: string, bucket: Bucket, view: string, hooks: Hooks) {
    this.bucket = name;
    this.#bucket = bucket;
    this.#view = view;
    this.#hooks = hooks;
  }

  update(key: string, text: string, expected: number): Promise<WriteOutcome> {
    return this.#write('update', key, text, expected);
  }

  remove(key: string, expected: number): Promise<WriteOutcome> {
    return this.#write('remove', key, null, expected);
  }

  async sweep(key: string, revision: number): Promise<boolean> {
    if (!isKey(key)) throw new TypeError(`not a KV key: ${JSON.stringify(key)}`);
    const fate = this.#hooks.fate(this.#view, 'sweep', key);
    if (fate !== 'answered' && fate !== 'landed') return false;
    const { entries, watches } = this.#bucket;
    const entry = entries.get(key);
    if (entry?.revision === revision) {
      if (entry.text !== null) return false;
      entries.delete(key);
    }
    if (fate !== 'answered') return false;
    for (const watch of watches) if (watch.view === this.#view) watch.swept(key, revision);
    return true;
  }

  async #write(
    question: 'update' | 'remove',
    key: string,
    text: string | null,
    expected: number,
  ): Promise<WriteOutcome> {
    if (!isKey(key)) throw new TypeError(`not a KV key: ${JSON.stringify(key)}`);
    const fate = this.#hooks.fate(this.#view, question, key);
    if (fate === 'late') this.#hooks.schedule(() => this.#compareAndSet(key, text, expected), this.#view);
    const outcome = fate === 'answered' || fate === 'landed' ? this.#compareAndSet(key, text, expected) : undefined;
    return fate === 'answered' && outcome
      ? outcome
      : { outcome: 'unknown', why: `no answer to the ${question} of ${key}` };
  }

  #compareAndSet(key: string, text: string | null, expected: number): WriteOutcome {
    const bucket = this.#bucket;
    if ((bucket.entries.get(key)?.revision ?? 0) !== expected) return { outcome: 'lost' };
    bucket.revision += 1;
    const entry: Entry = { key, revision: bucket.revision, text };
    bucket.entries.set(key, entry);
    for (const watch of bucket.watches) watch.offer(entry);
    return { outcome: 'won', revision: entry.revision };
  }

  async read(key: string): Promise<Entry | undefined> {
    if (!isKey(key)) throw new TypeError(`not a KV key: ${JSON.stringify(key)}`);
    if (this.#hooks.fate(this.#view, 'read', key) !== 'answered') throw new BusError(`no answer to the read of ${key}`);
    return this.#bucket.entries.get(key);
  }

  watch(listener: (change: StoreChange) => void): StoreWatch {
    const watch = new MemoryWatch(this.#bucket, this.#view, this.#hooks, listener);
    this.#bucket.watches.add(watch);
    void watch.reconcile();
    return watch;
  }
}

class MemoryWatch implements StoreWatch {
  readonly view: string;
  revision = 0;
  readonly #bucket: Bucket;
  readonly #hooks: Hooks;
  readonly #listener: (change: StoreChange) => void;
  readonly #seen = new Map<string, { readonly revision: number; readonly removed: boolean }>();
  #heard = true;
  #announcedCurrent = false;
  #closed = false;

  constructor(bucket: Bucket, view: string, hooks: Hooks, listener: (change: StoreChange) => void) {
    this.view = view;
    this.#bucket = bucket;
    this.#hooks = hooks;
    this.#listener = listener;
  }

  offer(entry: Entry): void {
    if (this.#heard) this.#later(() => this.#take(entry));
  }

  swept(key: string, revision: number): void {
    this.#later(() => this.#forget(key, revision));
  }

  setHeard(heard: boolean): void {
    if (heard === this.#heard) return;
    this.#heard = heard;
    if (heard) void this.reconcile();
    else this.#later(() => this.#tell({ type: 'stale', why: 'cut off' }));
  }

  lose(): void {
    this.#later(() => {
      this.#seen.clear();
      this.revision = 0;
      this.#tell({ type: 'amnesia', why: 'the bucket was made anew' });
    });
    if (this.#heard) void this.reconcile();
  }

  reconcile(): Promise<void> {
    return new Promise((resolve) => {
      this.#later(() => {
        if (this.#heard) this.#fill();
        resolve();
      });
    });
  }

  #fill(): void {
    const before = this.revision;
    for (const [key, { revision }] of this.#seen) if (!this.#bucket.entries.has(key)) this.#forget(key, revision);
    for (const entry of [...this.#bucket.entries.values()].sort((a, b) => a.revision - b.revision)) this.#take(entry);
    if (!this.#announcedCurrent || this.revision > before) this.#tell({ type: 'current', revision: this.revision });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#bucket.watches.delete(this);
  }

  #later(deliver: () => void): void {
    this.#hooks.schedule(deliver, this.view);
  }

  #take(entry: Entry): void {
    if (entry.revision <= (this.#seen.get(entry.key)?.revision ?? 0)) return;
    this.#seen.set(entry.key, { revision: entry.revision, removed: entry.text === null });
    this.revision = Math.max(this.revision, entry.revision);
    this.#tell({ type: 'entry', entry });
  }

  #forget(key: string, revision: number): void {
    const seen = this.#seen.get(key);
    if (seen?.removed !== true || seen.revision !== revision) return;
    this.#seen.delete(key);
    this.#tell({ type: 'swept', key, revision });
  }

  #tell(change: StoreChange): void {
    this.#announcedCurrent =
      change.type === 'current' || (change.type !== 'stale' && change.type !== 'amnesia' && this.#announcedCurrent);
    if (!this.#closed) this.#listener(change);
  }
}
