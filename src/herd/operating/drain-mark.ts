import { lstat, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeOwnFile } from '../../host/disk/own-files.ts';
import { reasonOf } from '../../nats/connection/bus-error.ts';

/** Shorter than what another server waits for the answer to an order. */
const WITHIN_MS = 2000;
const TEXT = 'An operator drained this server. "streamherd undrain" removes this file.\n';

/**
 * The mark in the data folder that this server is drained. It stays drained until an operator ends that: a restart, which is
 * often the reason for the drain, must not give it streams again. A file of its own, because `herd.json` is begun again when it
 * cannot be read.
 */
export class DrainMark {
  readonly #file: string;
  readonly #withinMs: number;
  #wanted: boolean | undefined;
  #writing: Promise<void> | undefined;

  constructor(dataDir: string, withinMs = WITHIN_MS) {
    this.#file = join(dataDir, 'drained');
    this.#withinMs = withinMs;
  }

  async isSet(): Promise<boolean> {
    try {
      await lstat(this.#file);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * However often it is called, only one write is under way, and the last call counts.
   *
   * @returns why it may not be remembered over a restart; `undefined`: it will be.
   */
  async set(drained: boolean): Promise<string | undefined> {
    this.#wanted = drained;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('its disk does not answer'), this.#withinMs);
    });
    const problem = await Promise.race([this.#writing.then(() => undefined, reasonOf), late]);
    clearTimeout(timer);
    return problem;
  }

  async #write(): Promise<void> {
    while (this.#wanted !== undefined) {
      const drained = this.#wanted;
      this.#wanted = undefined;
      if (drained) await writeOwnFile(this.#file, TEXT, { flush: true });
      else await rm(this.#file, { recursive: true, force: true });
    }
  }
}
