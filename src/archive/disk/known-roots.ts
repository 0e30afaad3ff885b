import { join } from 'node:path';
import { z } from 'zod';
import { type ArchiveDisk, jsonOf, readText } from './archive-disk.ts';
import { diskReason } from './stall.ts';

const MAX_BYTES = 64 * 1024;
const VERSION = 1;

const schema = z.object({ v: z.literal(VERSION), roots: z.record(z.string(), z.string()) });

export function knownRootsFile(dataDir: string): string {
  return join(dataDir, 'archive-roots.json');
}

/**
 * The identities of the roots that this server has used, by path, in its data folder. If such a root has no identity file, it is the bare
 * folder on which its disk is to be mounted, and nothing is written there.
 */
export class KnownRoots {
  readonly #disk: ArchiveDisk;
  readonly #file: string;
  #ids: Readonly<Record<string, string>> = {};
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(disk: ArchiveDisk, file: string) {
    this.#disk = disk;
    this.#file = file;
  }

  /** @returns what is wrong with the file; `undefined`: nothing. */
  async read(): Promise<string | undefined> {
    const text = await readText(this.#disk, this.#file, MAX_BYTES);
    if (text === undefined) return undefined;
    const read = schema.safeParse(jsonOf(text));
    if (!read.success) return `${this.#file} is damaged: a disk that is not mounted cannot be told from an empty one`;
    this.#ids = read.data.roots;
    return undefined;
  }

  get ids(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.#ids));
  }

  /** Resolves when it would be known after a power loss. */
  async remember(path: string, id: string): Promise<void> {
    this.#ids = { ...this.#ids, [path]: id };
    const write = this.#lastWrite.then(() =>
      this.#disk.replace(this.#file, `${JSON.stringify({ v: VERSION, roots: this.#ids })}\n`),
    );
    this.#lastWrite = write.catch(() => {});
    await write.catch((cause: unknown) => {
      throw new Error(`what it is cannot be noted in ${this.#file}: ${diskReason(cause)}`, { cause });
    });
  }
}
