import { createHash } from 'node:crypto';
import type { Entry } from './store.ts';

/** Changes beyond these are not held: they are read from the bucket later. */
const MAX_HELD = 10_000;

interface Known {
  readonly revision: number;
  readonly removed: boolean;
  /** Of the value: two lives of a bucket may have other values at one revision. */
  readonly print: string;
}

/**
 * What a watch has told its listener of a bucket, and what it holds back until the revisions before it are told. Keeps: a
 * key's revision never goes back; entries are told in the order of revisions.
 */
export class BucketView {
  #revision = 0;
  readonly #tell: (entry: Entry) => void;
  readonly #keys = new Map<string, Known>();
  readonly #held = new Map<number, Entry>();

  constructor(tell: (entry: Entry) => void) {
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

  get keys(): number {
    return this.#keys.size;
  }

  get isWhole(): boolean {
    return this.#held.size === 0;
  }

  apply(entry: Entry): void {
    this.#revision = Math.max(this.#revision, entry.revision);
    if (entry.revision <= (this.#keys.get(entry.key)?.revision ?? 0)) return;
    this.#keys.set(entry.key, { revision: entry.revision, removed: entry.text === null, print: printOf(entry) });
    this.#tell(entry);
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

  /**
   * Of all `entries` of the bucket, compares the keys. Resolves to those that are gone without a removal. The markers of
   * removed keys may be swept away by any KV client: these are forgotten in silence.
   */
  vanished(entries: readonly Entry[]): string[] {
    const present = new Set(entries.map((entry) => entry.key));
    const gone = [...this.#keys].filter(([key]) => !present.has(key));
    for (const [key, { removed }] of gone) if (removed) this.#keys.delete(key);
    return gone.filter(([, { removed }]) => !removed).map(([key]) => key);
  }

  /** Keys that are older in `entries` than what was told of them, or other than it at the same revision. */
  contradicted(entries: readonly Entry[]): string[] {
    const contradicts = (entry: Entry) => {
      const known = this.#keys.get(entry.key);
      if (known === undefined || entry.revision > known.revision) return false;
      return entry.revision < known.revision || printOf(entry) !== known.print;
    };
    return entries.filter(contradicts).map(({ key }) => key);
  }

  clear(): void {
    this.#keys.clear();
    this.#held.clear();
    this.#revision = 0;
  }
}

function printOf({ text }: Entry): string {
  return text === null ? '' : createHash('sha256').update(text).digest('base64');
}
