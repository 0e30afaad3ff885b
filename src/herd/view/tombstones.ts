import { nameOfForm, type StreamName } from '../../domain/definition/stream-name.ts';
import type { Entry } from '../../nats/buckets/store.ts';

interface Tombstone {
  readonly revision: number;
  /** When this server first saw it. */
  readonly sinceMs: number;
}

/**
 * The markers of removals in a bucket, by their keys. While the marker is there a write of the key has to expect its revision, so what
 * was removed is remembered until the marker is swept away (`tombstone-sweep.ts`).
 */
export class Tombstones {
  /** The oldest first. */
  readonly #byKey = new Map<string, Tombstone>();

  get size(): number {
    return this.#byKey.size;
  }

  /** 0: there is none. */
  revisionOf(key: string): number {
    return this.#byKey.get(key)?.revision ?? 0;
  }

  /** Streams whose key was removed. */
  names(): StreamName[] {
    return [...this.#byKey.keys()].flatMap((key) => nameOfForm(key) ?? []);
  }

  take({ key, revision, text }: Entry, nowMs: number): void {
    this.#byKey.delete(key);
    if (text === null) this.#byKey.set(key, { revision, sinceMs: nowMs });
  }

  /** The marker of the removal at `revision` is gone. True: it was known. */
  swept(key: string, revision: number): boolean {
    return this.#byKey.get(key)?.revision === revision && this.#byKey.delete(key);
  }

  /** Those that were first seen at `beforeMs` or earlier. */
  *seenBefore(beforeMs: number): Generator<{ readonly key: string; readonly revision: number }> {
    for (const [key, { revision, sinceMs }] of this.#byKey) {
      if (sinceMs > beforeMs) return;
      yield { key, revision };
    }
  }

  /** The bucket lost its data. */
  clear(): void {
    this.#byKey.clear();
  }
}
