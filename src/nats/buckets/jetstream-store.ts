import type { Bus } from '../connection/bus.ts';
import { BusError, reasonOf } from '../connection/bus-error.ts';
import { publishStored, purgeSubject } from '../connection/jetstream-api.ts';
import { bucketStream, isKey, keySubject } from '../connection/subjects.ts';
import { BucketReader } from './bucket-reader.ts';
import type { Entry, Store, StoreChange, StoreWatch, WriteOutcome } from './store.ts';
import { BucketWatch, type WatchOptions } from './watch.ts';

export interface StoreOptions extends WatchOptions {
  /** Default: one that reads as `bucket-reader.ts` says. */
  readonly reader?: BucketReader;
}

/** During the election of a leader (4–9 s) a write has no answer; the herd can go on without the bus, and has to know this soon. */
const WRITE_TIMEOUT_MS = 2000;
const CONFLICT = 10071;
/** Refused because another write of that key is under way, and it is not known yet which one wins. */
const CONFLICT_IN_FLIGHT = 10164;

/**
 * A KV bucket of NATS as a `Store`. Plain JetStream messages with the headers that every KV client of NATS understands; the
 * library's KV client is not used because it reads through replicas, hides why a write failed and watches through a consumer
 * that is deaf for a minute and a half when its host dies.
 */
export class JetStreamStore implements Store {
  readonly bucket: string;
  readonly #bus: Bus;
  readonly #reader: BucketReader;
  readonly #watchOptions: WatchOptions;
  readonly #watches = new Set<BucketWatch>();

  constructor(
    bus: Bus,
    bucket: string,
    { reader = new BucketReader(bus, bucket), ...watchOptions }: StoreOptions = {},
  ) {
    this.#bus = bus;
    this.bucket = bucket;
    this.#reader = reader;
    this.#watchOptions = watchOptions;
  }

  update(key: string, text: string, expected: number): Promise<WriteOutcome> {
    return this.#write(key, text, expected, {});
  }

  remove(key: string, expected: number): Promise<WriteOutcome> {
    return this.#write(key, '', expected, { 'KV-Operation': 'DEL' });
  }

  async sweep(key: string, revision: number): Promise<boolean> {
    try {
      // In a bucket that was put back, and has since grown beyond this revision, the revision may be that of a value.
      const entry = await this.read(key);
      if (entry?.revision === revision) {
        if (entry.text !== null) return false;
        await purgeSubject(
          this.#bus,
          bucketStream(this.bucket),
          keySubject(this.bucket, key),
          revision,
          WRITE_TIMEOUT_MS,
        );
      }
    } catch (error) {
      if (error instanceof BusError) return false;
      throw error;
    }
    for (const watch of this.#watches) watch.swept(key, revision);
    return true;
  }

  async #write(key: string, text: string, expected: number, fields: Record<string, string>): Promise<WriteOutcome> {
    if (!isKey(key)) throw new TypeError(`not a KV key: ${JSON.stringify(key)}`);
    const conditions = { ...fields, 'Nats-Expected-Last-Subject-Sequence': String(expected) };
    try {
      const subject = keySubject(this.bucket, key);
      const { sequence } = await publishStored(this.#bus, subject, text, conditions, WRITE_TIMEOUT_MS);
      for (const watch of this.#watches) watch.expect(sequence);
      return { outcome: 'won', revision: sequence };
    } catch (error) {
      if (error instanceof BusError && error.code === CONFLICT) return { outcome: 'lost' };
      if (error instanceof BusError && error.code === CONFLICT_IN_FLIGHT) {
        return { outcome: 'unknown', why: `another write of ${key} is under way` };
      }
      // This includes "no subscriber", which comes during an election, and refusals: only a read can tell whether the message was stored.
      return { outcome: 'unknown', why: reasonOf(error) };
    }
  }

  async read(key: string): Promise<Entry | undefined> {
    if (!isKey(key)) throw new TypeError(`not a KV key: ${JSON.stringify(key)}`);
    return this.#reader.key(key);
  }

  watch(listener: (change: StoreChange) => void): StoreWatch {
    const watch = new BucketWatch(this.#bus, this.#reader, listener, this.#watchOptions, () =>
      this.#watches.delete(watch),
    );
    this.#watches.add(watch);
    return watch;
  }
}
