import { someAtOnce } from '../../domain/gate.ts';
import type { Bus } from '../connection/bus.ts';
import { BusError } from '../connection/bus-error.ts';
import { type StoredMessage, storedMessage, streamInfo, streamSubjects } from '../connection/jetstream-api.ts';
import { bucketStream, isRemoval, keySubject, keySubjects } from '../connection/subjects.ts';
import { scanBucket } from './bucket-scan.ts';
import type { Entry } from './store.ts';

const READ_TIMEOUT_MS = 1500;
/** Short, because a question that meets no leader is never answered: the sooner it is asked again, the sooner the new one is found. */
const STATE_TIMEOUT_MS = 750;
/** Measured: 64 in flight read ~4,000 keys a second; more gain nothing and delay others' requests. */
const READS_IN_FLIGHT = 64;
/** Up to so many keys are read one by one, in 50 ms; and so many at a time where all must be. */
const MAX_SINGLE_READS = 256;

export interface BucketState {
  /** Differs when the bucket was deleted and made again. */
  readonly created: string;
  readonly revision: number;
  /** When `revision` was stored. */
  readonly storedAt: string;
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
  readonly #maxSingleReads: number;

  constructor(bus: Bus, bucket: string, maxSingleReads = MAX_SINGLE_READS) {
    this.#bus = bus;
    this.bucket = bucket;
    this.#stream = bucketStream(bucket);
    this.#maxSingleReads = maxSingleReads;
  }

  async state(): Promise<BucketState> {
    const { created, state, cluster } = await streamInfo(this.#bus, this.#stream, STATE_TIMEOUT_MS);
    const { last_seq: revision, last_ts: storedAt, num_subjects: keys = 0 } = state;
    return { created, revision, storedAt, keys, leader: cluster?.leader };
  }

  key(key: string): Promise<Entry | undefined> {
    return this.#entry({ last_by_subj: keySubject(this.bucket, key) });
  }

  /**
   * Every key at its last revision, removed ones too, in chunks and in any order. They are read one after the other: it is no
   * snapshot.
   */
  async *all({ keys, leader }: BucketState): AsyncGenerator<readonly Entry[]> {
    if (keys > this.#maxSingleReads) {
      let hasBegun = false;
      try {
        for await (const chunk of scanBucket(this.#bus, this.bucket, leader)) {
          hasBegun = true;
          yield chunk;
        }
        return;
      } catch (error) {
        // JetStream's meta leader makes consumers. While there is no meta leader, the bucket's own leader may still answer.
        if (hasBegun || !(error instanceof BusError)) throw error;
      }
    }
    const subjects = await streamSubjects(this.#bus, this.#stream, keySubjects(this.bucket), READ_TIMEOUT_MS);
    for (let at = 0; at < subjects.length; at += this.#maxSingleReads) {
      yield await this.#oneByOne(subjects.slice(at, at + this.#maxSingleReads));
    }
  }

  /** To be asked after a read. A leader that was elected meanwhile may not have everything yet, so missing keys prove nothing. */
  async expectUnchanged({ leader, created }: BucketState): Promise<void> {
    const now = await this.state();
    if (now.leader !== leader || now.created !== created) {
      throw new BusError(`the leader of ${this.bucket} changed during a read`);
    }
  }

  async #oneByOne(subjects: readonly string[]): Promise<Entry[]> {
    const entries: Entry[] = [];
    await someAtOnce(subjects, READS_IN_FLIGHT, async (subject) => {
      const entry = await this.#entry({ last_by_subj: subject });
      if (entry !== undefined) entries.push(entry);
    });
    return entries;
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
