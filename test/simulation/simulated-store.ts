import { BusError } from '../../src/nats/bus-error.ts';
import type { Entry, Store, StoreChange, StoreWatch, WriteOutcome } from '../../src/nats/store.ts';
import type { Bucket, Write } from './bucket.ts';
import type { BucketFeed } from './bucket-feed.ts';
import type { Machine } from './machine.ts';

/** What a planted fault may change on the way. */
export interface Tampering {
  write?(bucket: Bucket, write: Write): Write;
  answer?(bucket: Bucket, write: Write, outcome: WriteOutcome): WriteOutcome;
}

/** A bucket as one process has it: what the process is told waits for it while it is stopped, and ends with it. */
export class SimulatedStore implements Store {
  readonly bucket: string;
  readonly #bucket: Bucket;
  readonly #machine: Machine;
  readonly #generation: number;
  readonly #tampering: Tampering;
  readonly #feeds = new Set<BucketFeed>();

  constructor(bucket: Bucket, machine: Machine, tampering: Tampering) {
    this.bucket = bucket.name;
    this.#bucket = bucket;
    this.#machine = machine;
    this.#generation = machine.generation;
    this.#tampering = tampering;
  }

  update(key: string, text: string, expected: number): Promise<WriteOutcome> {
    return this.#write({ key, text, expected });
  }

  remove(key: string, expected: number): Promise<WriteOutcome> {
    return this.#write({ key, text: null, expected });
  }

  /** A simulated run is too short for a marker to grow old. */
  async sweep(): Promise<boolean> {
    return false;
  }

  read(key: string): Promise<Entry | undefined> {
    return new Promise((resolve, reject) => {
      if (!this.#isAlive) return;
      this.#bucket.read(this.#machine.name, key, (found) =>
        this.#tell(() => (found === undefined ? reject(new BusError('no answer in time')) : resolve(found.entry))),
      );
    });
  }

  watch(listener: (change: StoreChange) => void): StoreWatch {
    const feed = this.#bucket.watch(this.#machine.name, (change) => this.#tell(() => listener(change)));
    this.#feeds.add(feed);
    return {
      get revision() {
        return feed.revision;
      },
      reconcile: () => new Promise((resolve) => feed.reconcile(() => this.#tell(resolve))),
      close: async () => {
        feed.close();
        this.#feeds.delete(feed);
      },
    };
  }

  /** The process is gone. */
  end(): void {
    for (const feed of this.#feeds) feed.close();
  }

  get #isAlive(): boolean {
    return this.#machine.on && this.#machine.generation === this.#generation;
  }

  #write(asked: Write): Promise<WriteOutcome> {
    const write = this.#tampering.write?.(this.#bucket, asked) ?? asked;
    return new Promise((resolve) => {
      if (!this.#isAlive) return;
      this.#bucket.write(this.#machine.name, write, (outcome) =>
        this.#tell(() => resolve(this.#tampering.answer?.(this.#bucket, write, outcome) ?? outcome)),
      );
    });
  }

  #tell(run: () => void): void {
    this.#machine.message(run, this.#generation);
  }
}
