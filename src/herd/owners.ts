import { type OwnerRecord, parseOwnerRecord } from '../domain/owner-record.ts';
import { nameOfForm, type StreamName } from '../domain/stream-name.ts';
import type { Entry } from '../nats/store.ts';

/** What the bucket `owners` says of one stream. */
export interface Owned {
  /** Revision of the key; 0 when it was never written. */
  readonly revision: number;
  /** `undefined`: removed, never written, or not a record of ours. */
  readonly record: OwnerRecord | undefined;
}

const NEVER: Owned = { revision: 0, record: undefined };

/** The owners of all streams, and the streams of each session. */
export class Owners {
  readonly #byStream = new Map<StreamName, Owned>();
  readonly #bySession = new Map<string, Set<StreamName>>();

  get(name: StreamName): Owned {
    return this.#byStream.get(name) ?? NEVER;
  }

  names(): IterableIterator<StreamName> {
    return this.#byStream.keys();
  }

  streamsOf(session: string): ReadonlySet<StreamName> {
    return this.#bySession.get(session) ?? new Set();
  }

  /** Takes an entry of the bucket; the stream that it changed, if it did. */
  take({ key, revision, text }: Entry): StreamName | undefined {
    const name = nameOfForm(key);
    if (name === undefined) return undefined;
    const before = this.get(name);
    if (revision <= before.revision) return undefined;
    const record = text === null ? undefined : parseOwnerRecord(text);
    this.#byStream.set(name, { revision, record });
    this.#index(name, before.record?.session, record?.session);
    return name;
  }

  /** The bucket lost its data: revisions start anew. */
  clear(): StreamName[] {
    const names = [...this.#byStream.keys()];
    this.#byStream.clear();
    this.#bySession.clear();
    return names;
  }

  #index(name: StreamName, before: string | null | undefined, now: string | null | undefined): void {
    if (typeof before === 'string') {
      const streams = this.#bySession.get(before);
      streams?.delete(name);
      if (streams?.size === 0) this.#bySession.delete(before);
    }
    if (typeof now === 'string') {
      const streams = this.#bySession.get(now) ?? new Set();
      this.#bySession.set(now, streams.add(name));
    }
  }
}
