import { type Clock, every } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';

const LOOKED_AT_EVERY_MS = 600_000;
/** A part that has not grown for so long is not fetched any more. If it is after all, it is fetched from its beginning. */
const OLD_MS = 86_400_000;
/** What is forgotten is found again with the next correction. */
const MAX_PARTS = 10_000;

/** Removes what was fetched of packs that will not return: their holders do not owe them any more. */
export class OldParts {
  readonly #disk: ArchiveDisk;
  readonly #clock: Clock;
  readonly #paths = new Set<string>();
  readonly #stop: () => void;
  #isLooking = false;

  constructor(disk: ArchiveDisk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
    this.#stop = every(clock, LOOKED_AT_EVERY_MS, () => void this.#look());
  }

  found(path: string): void {
    if (this.#paths.size < MAX_PARTS) this.#paths.add(path);
  }

  end(): void {
    this.#stop();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const path of [...this.#paths]) {
      try {
        const found = await this.#disk.look(path);
        const isOld = found !== undefined && this.#clock.unixMs() - found.modifiedMs > OLD_MS;
        if (isOld) await this.#disk.remove(path);
        if (isOld || found === undefined) this.#paths.delete(path);
      } catch {
        // Its disk is away: it is looked at again.
      }
    }
    this.#isLooking = false;
  }
}
