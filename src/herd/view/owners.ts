import { formsOf, nameOfForm, type StreamName } from '../../domain/definition/stream-name.ts';
import { NAMELESS, type OwnerRecord, readOwnerRecord } from '../../domain/records/owner-record.ts';
import { PROCESS_CLOCK } from '../../host/clock.ts';
import type { Entry } from '../../nats/buckets/store.ts';
import type { Misread } from './not-understood.ts';
import { Tombstones } from './tombstones.ts';

/** What the bucket `owners` says of one stream. */
export interface Owned {
  /** Revision of the key; 0 when it was never written. */
  readonly revision: number;
  /** `undefined`: removed, never written, or not a record of ours. */
  readonly record: OwnerRecord | undefined;
}

/** The owners of all streams, and the streams of each session. */
export class Owners {
  /** What a claim of a stream whose key was removed expects. */
  readonly tombstones = new Tombstones();
  /** Without those that were removed. */
  readonly #byStream = new Map<StreamName, Owned>();
  readonly #bySession = new Map<string, Set<StreamName>>();
  readonly #onMisread: (misread: Misread) => void;
  readonly #now: () => number;

  /** `onMisread`: something of a record is not understood. */
  constructor(onMisread: (misread: Misread) => void = () => undefined, now: () => number = PROCESS_CLOCK.now) {
    this.#onMisread = onMisread;
    this.#now = now;
  }

  get(name: StreamName): Owned {
    return this.#byStream.get(name) ?? { revision: this.tombstones.revisionOf(formsOf(name).key), record: undefined };
  }

  /** Streams whose key has a value. */
  names(): IterableIterator<StreamName> {
    return this.#byStream.keys();
  }

  streamsOf(session: string): ReadonlySet<StreamName> {
    return this.#bySession.get(session) ?? new Set();
  }

  /** Takes an entry of the bucket; the stream that it changed, if it did. */
  take(entry: Entry): StreamName | undefined {
    const { key, revision, text } = entry;
    const name = nameOfForm(key);
    const before = name === undefined ? undefined : this.get(name);
    if (revision <= (before?.revision ?? this.tombstones.revisionOf(key))) return undefined;
    this.tombstones.take(entry, this.#now());
    if (name === undefined || before === undefined) return undefined;
    const { record, problem } = text === null ? {} : readOwnerRecord(text);
    if (text === null) this.#byStream.delete(name);
    else this.#byStream.set(name, { revision, record });
    this.#index(name, before.record?.session, record?.session);
    if (problem !== undefined) {
      const from = record?.server === NAMELESS ? undefined : (record?.server ?? undefined);
      this.#onMisread({ what: 'the owner', stream: name, from, why: problem + consequenceOf(record) });
    }
    return name;
  }

  /** The marker of the removal at `revision` is gone. The stream of which that was known. */
  swept(key: string, revision: number): StreamName | undefined {
    return this.tombstones.swept(key, revision) ? nameOfForm(key) : undefined;
  }

  /** The bucket lost its data: revisions start again. */
  clear(): StreamName[] {
    const names = [...this.#byStream.keys(), ...this.tombstones.names()];
    this.#byStream.clear();
    this.#bySession.clear();
    this.tombstones.clear();
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

/** A view that has not seen the session cannot tell whether it has ended, however long ago that was. */
function consequenceOf(record: OwnerRecord | undefined): string {
  if (record?.session == null || record.rosterRevision !== Number.POSITIVE_INFINITY) return '';
  return `; it counts as captured until session ${record.session} is seen to end. If that has ended, remove the key`;
}
