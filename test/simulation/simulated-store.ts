import type { Clock } from '../../src/host/clock.ts';
import { bucketConfig } from '../../src/nats/buckets/bucket-config.ts';
import { BucketReader } from '../../src/nats/buckets/bucket-reader.ts';
import { JetStreamStore } from '../../src/nats/buckets/jetstream-store.ts';
import type { Entry, Store, StoreChange, StoreWatch, WriteOutcome } from '../../src/nats/buckets/store.ts';
import { askJetStream } from '../../src/nats/connection/jetstream-api.ts';
import { bucketStream } from '../../src/nats/connection/subjects.ts';
import type { Bucket, Write } from './bucket.ts';
import type { SimulatedBus } from './simulated-bus.ts';

/** What a planted fault may change on the way. */
export interface Tampering {
  write?(bucket: Bucket, write: Write): Write;
  answer?(bucket: Bucket, write: Write, outcome: WriteOutcome): WriteOutcome;
  /** `told`: what the watch has told of each key. */
  reader?(reader: BucketReader, told: ReadonlyMap<string, Entry>): void;
}

export interface StoreParts {
  readonly bus: SimulatedBus;
  readonly clock: Clock;
  readonly tampering: Tampering;
  /** Up to so many keys are read one by one. `undefined`: as many as outside the simulation. */
  readonly maxSingleReads: number | undefined;
}

const MAKE_TIMEOUT_MS = 3000;

/** A bucket as one process has it, by the real store and the real watch. What the watch has told is kept, for the judge. */
export class SimulatedStore implements Store {
  readonly bucket: string;
  readonly told = new Map<string, Entry>();
  /** The last message of the watch about the view itself. */
  isCurrent = false;
  readonly #bucket: Bucket;
  readonly #store: JetStreamStore;
  readonly #tampering: Tampering;

  constructor(bucket: Bucket, { bus, clock, tampering, maxSingleReads }: StoreParts) {
    this.bucket = bucket.name;
    this.#bucket = bucket;
    this.#tampering = tampering;
    const { name } = bucket;
    const reader = new BucketReader(bus, name, maxSingleReads);
    tampering.reader?.(reader, this.told);
    const remake = async () => {
      await askJetStream(bus, `STREAM.CREATE.${bucketStream(name)}`, bucketConfig(name), MAKE_TIMEOUT_MS);
    };
    this.#store = new JetStreamStore(bus, name, { clock, reader, remake });
  }

  update(key: string, text: string, expected: number): Promise<WriteOutcome> {
    return this.#write({ key, text, expected });
  }

  remove(key: string, expected: number): Promise<WriteOutcome> {
    return this.#write({ key, text: null, expected });
  }

  sweep(key: string, revision: number): Promise<boolean> {
    return this.#store.sweep(key, revision);
  }

  read(key: string): Promise<Entry | undefined> {
    return this.#store.read(key);
  }

  watch(listener: (change: StoreChange) => void): StoreWatch {
    return this.#store.watch((change) => {
      this.#keep(change);
      listener(change);
    });
  }

  /** The first key of which the view and the bucket differ, where the view says that it is right. */
  get wrongKey(): string | undefined {
    if (!this.isCurrent) return undefined;
    const { entries } = this.#bucket;
    const differs = (key: string) =>
      (this.told.get(key)?.text ?? null) !== (entries.get(key)?.text ?? null) ||
      (entries.get(key)?.text != null && this.told.get(key)?.revision !== entries.get(key)?.revision);
    return [...new Set([...this.told.keys(), ...entries.keys()])].find(differs);
  }

  #keep(change: StoreChange): void {
    if (change.type === 'entry') this.told.set(change.entry.key, change.entry);
    else if (change.type === 'swept') this.told.delete(change.key);
    else {
      if (change.type === 'amnesia') this.told.clear();
      this.isCurrent = change.type === 'current';
    }
  }

  async #write(asked: Write): Promise<WriteOutcome> {
    const write = this.#tampering.write?.(this.#bucket, asked) ?? asked;
    const { key, text, expected } = write;
    const outcome = await (text === null ? this.#store.remove(key, expected) : this.#store.update(key, text, expected));
    return this.#tampering.answer?.(this.#bucket, write, outcome) ?? outcome;
  }
}
