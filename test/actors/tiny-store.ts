import type { Entry, Store, StoreChange, StoreWatch, WriteOutcome } from '../../src/nats/buckets/store.ts';

/** What becomes of a write: answered; landed without an answer; or neither. */
export type Fate = 'answered' | 'landed' | 'lost';

/** One bucket shared by a few servers. The access of each server to it can be cut. */
export class TinyBucket {
  readonly entries = new Map<string, Entry>();
  readonly #listeners = new Set<(change: StoreChange) => void>();
  revision = 0;

  door(): TinyDoor {
    return new TinyDoor(this, this.#listeners);
  }

  put(key: string, text: string | null, expected: number): WriteOutcome {
    if ((this.entries.get(key)?.revision ?? 0) !== expected) return { outcome: 'lost' };
    this.revision += 1;
    const entry = { key, revision: this.revision, text };
    this.entries.set(key, entry);
    for (const listener of [...this.#listeners]) listener({ type: 'entry', entry });
    return { outcome: 'won', revision: this.revision };
  }
}

export class TinyDoor implements Store {
  readonly bucket = 'servers';
  readonly #bucket: TinyBucket;
  readonly #listeners: Set<(change: StoreChange) => void>;
  fate: Fate = 'answered';
  /** `fills`: fills and repairs arrive, but single changes do not. */
  hears: 'all' | 'fills' | 'nothing' = 'all';
  reconciled = 0;
  open = 0;

  constructor(bucket: TinyBucket, listeners: Set<(change: StoreChange) => void>) {
    this.#bucket = bucket;
    this.#listeners = listeners;
  }

  async update(key: string, text: string, expected: number): Promise<WriteOutcome> {
    return this.#write(key, text, expected);
  }

  async remove(key: string, expected: number): Promise<WriteOutcome> {
    return this.#write(key, null, expected);
  }

  /** No key of a server is ever swept. */
  async sweep(): Promise<boolean> {
    return false;
  }

  async read(key: string): Promise<Entry | undefined> {
    if (this.fate === 'lost') throw new Error('no server answers');
    return this.#bucket.entries.get(key);
  }

  watch(listener: (change: StoreChange) => void): StoreWatch {
    const hear = (change: StoreChange) => {
      if (this.hears === 'all') queueMicrotask(() => listener(change));
    };
    const fill = (change: StoreChange) => {
      if (this.hears !== 'nothing') listener(change);
    };
    this.open += 1;
    // A real watch fills its view after it has returned.
    queueMicrotask(() => {
      this.#listeners.add(hear);
      this.#fill(fill);
    });
    const bucket = this.#bucket;
    return {
      get revision() {
        return bucket.revision;
      },
      reconcile: async () => {
        this.reconciled += 1;
        this.#fill(fill);
      },
      close: async () => {
        this.open -= 1;
        this.#listeners.delete(hear);
      },
    };
  }

  #write(key: string, text: string | null, expected: number): WriteOutcome {
    const unknown = { outcome: 'unknown', why: 'no answer' } as const;
    if (this.fate === 'lost') return unknown;
    const outcome = this.#bucket.put(key, text, expected);
    return this.fate === 'landed' ? unknown : outcome;
  }

  #fill(tell: (change: StoreChange) => void): void {
    for (const entry of this.#bucket.entries.values()) tell({ type: 'entry', entry });
    tell({ type: 'current', revision: this.#bucket.revision });
  }
}
