import { execFile } from 'node:child_process';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CHUNKS = [Buffer.alloc(1024 * 1024), Buffer.alloc(4096)];
/** How often the disk is filled again: a process that removes old files must not make room for long. */
const REFILL_EVERY_MS = 100;

/** A disk of a few megabytes, in memory, mounted only for this process and its children. Only in `runInNamespaces`. */
export class SmallDisk implements AsyncDisposable {
  readonly #folder: string;
  readonly #ballast: string;
  #filling: Promise<void> | undefined;
  #isFull = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#ballast = join(folder, 'ballast');
  }

  static async mount(folder: string, mebibytes: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  /** Fills the disk and keeps it full until `empty`. Resolves when it is full. */
  async fill(): Promise<void> {
    this.#isFull = true;
    await this.#topUp();
    this.#filling = this.#keepFull();
  }

  async empty(): Promise<void> {
    this.#isFull = false;
    await this.#filling;
    await rm(this.#ballast, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.empty();
    await run('umount', ['--lazy', this.#folder]);
  }

  async #keepFull(): Promise<void> {
    while (this.#isFull) {
      await new Promise((resolve) => setTimeout(resolve, REFILL_EVERY_MS));
      await this.#topUp();
    }
  }

  async #topUp(): Promise<void> {
    await using file = await open(this.#ballast, 'a');
    for (const chunk of CHUNKS) while (await isWritten(file.write(chunk), chunk.length));
  }
}

async function isWritten(writing: Promise<{ readonly bytesWritten: number }>, bytes: number): Promise<boolean> {
  try {
    return (await writing).bytesWritten === bytes;
  } catch {
    return false;
  }
}
