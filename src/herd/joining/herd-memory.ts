import { join } from 'node:path';
import { z } from 'zod';
import type { Gate } from '../../domain/gate.ts';
import type { Log } from '../../domain/log.ts';
import { parseServerRecord, type ServerRecord, serverRecordText } from '../../domain/records/server-record.ts';
import { codeOf } from '../../domain/system-error.ts';
import { readOwnFile, writeOwnFile } from '../../host/disk/own-files.ts';

/** How much of a bucket a view shows. */
export interface BucketSight {
  readonly revision: number;
  /** Differs when the bucket was made again. */
  readonly life: string;
}

/** The buckets by which it is known which server may capture what. */
export type HerdSight = Readonly<Record<'servers' | 'owners', BucketSight>>;

/** What outlives the process. */
export type Remembering = Pick<HerdMemory, 'recall' | 'follow' | 'save'>;

export interface SeenHerd extends HerdSight {
  /** Of `servers`. */
  readonly records: readonly ServerRecord[];
}

const sightSchema = z.object({ revision: z.number().int().nonnegative(), life: z.string().max(100) });
const fileSchema = z.object({
  servers: sightSchema,
  owners: sightSchema,
  records: z.array(z.tuple([z.string(), z.string()])).max(1000),
});

const SAVE_EVERY_MS = 30_000;
/** The memory of a hundred servers with long records takes some hundred KB. */
const MAX_BYTES = 8 * 1024 ** 2;

/**
 * Remembers the roster, and how far the buckets reached, over restarts of the process, in the data folder. A process that starts
 * beside a NATS that has lost its data would otherwise take the empty buckets for a new herd, and claim what the others still
 * capture.
 */
export class HerdMemory implements AsyncDisposable {
  readonly #file: string;
  readonly #log: Log;
  #seen: (() => SeenHerd | undefined) | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #disk: Gate;
  /** The newest, while an older one is being written. */
  #next: string | undefined;
  #saving: Promise<void> | undefined;

  constructor(dataDir: string, log: Log, disk: Gate) {
    this.#file = join(dataDir, 'herd.json');
    this.#log = log;
    this.#disk = disk;
  }

  /** What an earlier process saw last; `undefined`: there was none, or it cannot be read. */
  async recall(): Promise<SeenHerd | undefined> {
    try {
      const { servers, owners, records } = fileSchema.parse(
        JSON.parse(await this.#disk.run(() => readOwnFile(this.#file, MAX_BYTES))),
      );
      return { servers, owners, records: records.flatMap(([server, text]) => parseServerRecord(server, text) ?? []) };
    } catch (error) {
      const isNew = codeOf(error) === 'ENOENT';
      if (!isNew) this.#log.warn(`${this.#file} cannot be read, and is begun anew: ${String(error)}`);
      return undefined;
    }
  }

  /** From now on saves what `seen` says, now and then and on `save`. `undefined`: not now. */
  follow(seen: () => SeenHerd | undefined): void {
    this.#seen = seen;
    this.#timer = setInterval(() => this.save(), SAVE_EVERY_MS);
    this.save();
  }

  save(): void {
    const seen = this.#seen?.();
    if (seen === undefined) return;
    const records = seen.records.map((record) => [record.server, serverRecordText(record)]);
    this.#next = JSON.stringify({ ...seen, records });
    this.#saving ??= this.#writeNewest().finally(() => {
      this.#saving = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#seen = undefined;
    await this.#saving;
  }

  async #writeNewest(): Promise<void> {
    while (this.#next !== undefined) {
      const text = this.#next;
      this.#next = undefined;
      await this.#write(text);
    }
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#disk.run(() => writeOwnFile(this.#file, text));
    } catch (error) {
      this.#log.warn(`${this.#file} cannot be written: ${String(error)}`);
    }
  }
}
