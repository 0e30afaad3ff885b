import { createHash } from 'node:crypto';
import type { BucketChange } from './bucket-change.ts';
import type { BucketState } from './bucket-reader.ts';
import type { Entry, StoreChange } from './store.ts';

/** Changes beyond these are not held: they are read from the bucket later. */
const MAX_HELD = 10_000;

interface Known {
  readonly revision: number;
  readonly removed: boolean;
  /** Of the value: two lives of a bucket may have other values at one revision. */
  readonly print: string;
}

type ToldChange = Extract<StoreChange, { readonly type: 'entry' | 'swept' }>;

/**
 * What a watch has told its listener of a bucket, and what it holds back until the revisions before it are told. Keeps: a
 * key's revision never goes back; entries are told in the order of revisions.
 */
export class ToldBucket {
  #revision = 0;
  readonly #tell: (change: ToldChange) => void;
  readonly #keys = new Map<string, Known>();
  readonly #held = new Map<number, Entry>();
  #stored: { readonly revision: number; readonly at: string | undefined } = { revision: 0, at: undefined };

  constructor(tell: (change: ToldChange) => void) {
    this.#tell = tell;
  }

  /** Everything up to here is told. */
  get revision(): number {
    return this.#revision;
  }

  /** The highest that was told or is held. */
  get seen(): number {
    let seen = this.#revision;
    for (const revision of this.#held.keys()) if (revision > seen) seen = revision;
    return seen;
  }

  get isWhole(): boolean {
    return this.#held.size === 0;
  }

  /**
   * Whether `change` may come next in the bucket that was told. A change that does not fit is an old one, which a read has overtaken,
   * or it is from another history of the bucket: the bucket was put back, and others have written since.
   */
  fits({ entry, previous }: BucketChange): boolean {
    if (entry.revision <= this.#revision) return false;
    const held = this.#held.get(entry.revision);
    if (held !== undefined) return held.key === entry.key && held.text === entry.text;
    const isNext = entry.revision === this.#revision + 1;
    return !isNext || previous === undefined || previous === (this.#keys.get(entry.key)?.revision ?? 0);
  }

  /**
   * Whether `change` and what was told cannot be of one history of the bucket, however late the change comes. Unknown keys and
   * markers prove nothing, because markers may have been swept away. Only for a view that is complete up to its revision.
   */
  contradicts({ entry, previous }: BucketChange): boolean {
    const known = this.#keys.get(entry.key);
    if (known === undefined || previous === undefined) return false;
    if (entry.revision > this.#revision) {
      const isOther = previous <= this.#revision && previous !== known.revision;
      return isOther && !(known.removed && previous === 0);
    }
    return known.revision < entry.revision || (known.revision === entry.revision && known.print !== printOf(entry));
  }

  /** `at`: when the bucket stored `revision`, if that is known. */
  noteStored(revision: number, at: string | undefined): void {
    if (revision >= this.#stored.revision) this.#stored = { revision, at };
  }

  /** Whether the state of the bucket agrees with what was told. The time distinguishes two histories of equal length. */
  isOf(state: Pick<BucketState, 'revision' | 'storedAt' | 'keys'>): boolean {
    const { revision, at } = this.#stored;
    const isOther = revision === state.revision && at !== undefined && at !== state.storedAt;
    return !isOther && this.#revision === state.revision && this.#keys.size === state.keys;
  }

  apply(entry: Entry): void {
    this.#revision = Math.max(this.#revision, entry.revision);
    if (entry.revision <= (this.#keys.get(entry.key)?.revision ?? 0)) return;
    this.#keys.set(entry.key, { revision: entry.revision, removed: entry.text === null, print: printOf(entry) });
    this.#tell({ type: 'entry', entry });
  }

  /** Keeps it until the revisions before it are told; `false`: there is no room, it has to be read later. */
  hold(entry: Entry): boolean {
    if (this.#held.size >= MAX_HELD) return false;
    this.#held.set(entry.revision, entry);
    return true;
  }

  /**
   * Takes what a read of the bucket found and tells, in one order with what is held, everything up to `revision`, of which
   * the read left nothing out; then what follows without a hole.
   */
  settle(entries: readonly Entry[], revision: number): void {
    for (const held of this.#held.keys()) if (held <= this.#revision) this.#held.delete(held);
    for (const entry of entries) this.#held.set(entry.revision, entry);
    for (const next of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (next > revision) this.#revision = Math.max(this.#revision, revision);
      if (next > Math.max(revision, this.#revision + 1)) break;
      const entry = this.#held.get(next);
      this.#held.delete(next);
      if (entry !== undefined) this.apply(entry);
    }
    this.#revision = Math.max(this.#revision, revision);
  }

  dropHeldAfter(revision: number): void {
    for (const held of this.#held.keys()) if (held > revision) this.#held.delete(held);
  }

  /** Begins to compare what was told with a bucket; the caller then gives every key of the bucket. Meanwhile changes must be held. */
  compare(): Comparison {
    return new Comparison(this.#keys, this.#revision);
  }

  isRemoved(key: string, revision: number): boolean {
    const known = this.#keys.get(key);
    return known?.removed === true && known.revision === revision;
  }

  /** The marker of a removal is gone from the bucket: nothing is to be expected of this key any more. */
  forget(key: string): void {
    const { revision = 0 } = this.#keys.get(key) ?? {};
    this.#keys.delete(key);
    this.#tell({ type: 'swept', key, revision });
  }

  /** Markers that were found and that the listener need not know. */
  learn(markers: readonly Entry[]): void {
    for (const { key, revision } of markers) this.#keys.set(key, { revision, removed: true, print: '' });
  }

  clear(): void {
    this.#keys.clear();
    this.#held.clear();
    this.#revision = 0;
    this.#stored = { revision: 0, at: undefined };
  }
}

/** Keeps only what differs, however much is compared. */
export class Comparison {
  /** Later than what was told, in the order in which it was found. */
  readonly news: Entry[] = [];
  /** Keys that are older than was told, or have another value at the same revision, or were there before and were never told. */
  readonly contradicted: string[] = [];
  /**
   * Markers of removals at old revisions, of keys of which nothing is known: a leader that was just elected has yet to sweep them away
   * once more. They are no loss, because the key has no value either way.
   */
  readonly markers: Entry[] = [];
  readonly #known: ReadonlyMap<string, Known>;
  readonly #revision: number;
  readonly #missing: Set<string>;

  constructor(known: ReadonlyMap<string, Known>, revision: number) {
    this.#known = known;
    this.#revision = revision;
    this.#missing = new Set(known.keys());
  }

  take(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#missing.delete(entry.key);
      const known = this.#known.get(entry.key);
      if (entry.revision > this.#revision) this.news.push(entry);
      else if (known === undefined && entry.text === null) this.markers.push(entry);
      else if (known?.revision !== entry.revision || known.print !== printOf(entry)) this.contradicted.push(entry.key);
    }
  }

  /** Keys that are gone without a removal. */
  get vanished(): string[] {
    return [...this.#missing].filter((key) => this.#known.get(key)?.removed === false);
  }

  /** Why the bucket must have lost data; `undefined`: it has not. */
  get loss(): string | undefined {
    const { vanished, contradicted } = this;
    if (vanished.length > 0) return `${vanished.length} keys vanished without being removed, ${vanished[0]} among them`;
    if (contradicted.length === 0) return undefined;
    return `${contradicted.length} keys are as they were before what was seen of them, ${contradicted[0]} among them`;
  }

  /** Removed keys whose markers are gone: any KV client may sweep those away. */
  get swept(): string[] {
    return [...this.#missing].filter((key) => this.#known.get(key)?.removed === true);
  }
}

function printOf({ text }: Entry): string {
  return text === null ? '' : createHash('sha256').update(text).digest('base64');
}
