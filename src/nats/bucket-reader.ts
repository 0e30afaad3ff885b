import type { Bus } from './bus.ts';
import { type StoredMessage, storedMessage, streamInfo, streamSubjects } from './jetstream-api.ts';
import type { Entry } from './store.ts';
import { bucketStream, keySubject, keySubjects } from './subjects.ts';

const READ_TIMEOUT_MS = 1500;
/** Short, because a question that meets no leader is never answered: the sooner it is asked again, the sooner the new one is found. */
const STATE_TIMEOUT_MS = 750;
/** Measured: 64 in flight read ~4,000 keys a second; more gain nothing and delay others' requests. */
const READS_IN_FLIGHT = 64;

export interface BucketState {
  /** Differs when the bucket was deleted and made anew. */
  readonly created: string;
  readonly revision: number;
  /** Removed ones count while their marker is kept. */
  readonly keys: number;
  /** `undefined` on a server that is no cluster. */
  readonly leader: string | undefined;
}

/** Reads a KV bucket from its leader. Every method throws `BusError` when it does not answer. */
export class BucketReader {
  readonly bucket: string;
  readonly #bus: Bus;
  readonly #stream: string;

  constructor(bus: Bus, bucket: string) {
    this.#bus = bus;
    this.bucket = bucket;
    this.#stream = bucketStream(bucket);
  }

  async state(): Promise<BucketState> {
    const { created, state, cluster } = await streamInfo(this.#bus, this.#stream, STATE_TIMEOUT_MS);
    return { created, revision: state.last_seq, keys: state.num_subjects ?? 0, leader: cluster?.leader };
  }

  key(key: string): Promise<Entry | undefined> {
    return this.#entry({ last_by_subj: keySubject(this.bucket, key) });
  }

  /** What was written from `first` to `last` and not overwritten since, in the order of revisions. */
  range(first: number, last: number): Promise<Entry[]> {
    const revisions = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    return this.#entries(revisions.map((seq) => ({ seq })));
  }

  /** Every key, in the order of revisions. The keys are read one after the other: it is no snapshot. */
  async all(): Promise<Entry[]> {
    const subjects = await streamSubjects(this.#bus, this.#stream, keySubjects(this.bucket), READ_TIMEOUT_MS);
    return this.#entries(subjects.map((subject) => ({ last_by_subj: subject })));
  }

  async #entries(all: readonly Parameters<typeof storedMessage>[2][]): Promise<Entry[]> {
    const entries: Entry[] = [];
    let next = 0;
    const readOn = async () => {
      for (let which = all[next++]; which !== undefined; which = all[next++]) {
        const entry = await this.#entry(which);
        if (entry !== undefined) entries.push(entry);
      }
    };
    await Promise.all(Array.from({ length: Math.min(READS_IN_FLIGHT, all.length) }, readOn));
    return entries.sort((a, b) => a.revision - b.revision);
  }

  async #entry(which: Parameters<typeof storedMessage>[2]): Promise<Entry | undefined> {
    const message = await storedMessage(this.#bus, this.#stream, which, READ_TIMEOUT_MS);
    return message && entryOf(this.bucket, message);
  }
}

function entryOf(bucket: string, message: StoredMessage): Entry {
  return {
    key: message.subject.slice(keySubject(bucket, '').length),
    revision: message.sequence,
    text: isRemoval((name) => message.headers.get(name)) ? null : message.text,
  };
}

/** KV clients mark a removal as DEL or PURGE; the server itself, when it expires a message, by a reason. */
export function isRemoval(header: (name: string) => string | undefined): boolean {
  const operation = header('KV-Operation');
  return operation === 'DEL' || operation === 'PURGE' || Boolean(header('Nats-Marker-Reason'));
}
