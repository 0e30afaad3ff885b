import { dirname } from 'node:path';
import type { Clock } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason, within } from '../disk/stall.ts';

export interface PauseMarkParts {
  readonly disk: Pick<ArchiveDisk, 'look' | 'replace' | 'remove' | 'syncFolder'>;
  readonly clock: Clock;
  /** `<data_dir>/returns-paused` */
  readonly file: string;
}

/** Shorter than what another server waits for the answer to an order. */
const WITHIN_MS = 2000;
const TEXT = 'An operator paused the returns to this server. "streamherd archive return --resume" removes this file.\n';

/**
 * The mark in the data folder that returns to this server are paused. They stay paused until an operator ends that: a restart, or an end of
 * the archive's thread, must not give the network and the disks to returns again. Its modification time says since when.
 */
export class PauseMark {
  readonly #parts: PauseMarkParts;
  #sinceMs: number | undefined;
  #isOrdered = false;
  #wanted: boolean | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: PauseMarkParts) {
    this.#parts = parts;
  }

  /** Unix milliseconds; `undefined`: returns are not paused. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** What an earlier run has left. @returns why it cannot be known; `undefined`: it is. */
  async read(): Promise<string | undefined> {
    const { disk, clock, file } = this.#parts;
    try {
      const found = await within(clock, WITHIN_MS, disk.look(file));
      if (!this.#isOrdered) this.#sinceMs = found && Math.round(found.modifiedMs);
      return undefined;
    } catch (error) {
      return `${file}: whether an operator has paused returns cannot be read: ${diskReason(error)}`;
    }
  }

  /**
   * It holds at once. However often it is called, only one write is under way, and the last call counts.
   *
   * @returns why it may not be remembered over a restart; `undefined`: it will be.
   */
  async set(isPaused: boolean): Promise<string | undefined> {
    const { clock } = this.#parts;
    this.#isOrdered = true;
    this.#sinceMs = isPaused ? (this.#sinceMs ?? clock.unixMs()) : undefined;
    this.#wanted = isPaused;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return within(clock, WITHIN_MS, this.#writing).then(() => undefined, diskReason);
  }

  async #write(): Promise<void> {
    const { disk, file } = this.#parts;
    while (this.#wanted !== undefined) {
      const isPaused = this.#wanted;
      this.#wanted = undefined;
      const isThere = (await disk.look(file)) !== undefined;
      if (isPaused && !isThere) await disk.replace(file, TEXT);
      if (isPaused || !isThere) continue;
      await disk.remove(file);
      // A power loss would bring it back.
      await disk.syncFolder(dirname(file));
    }
  }
}
