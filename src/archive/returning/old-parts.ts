import { type Clock, every } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';

const LOOKED_AT_EVERY_MS = 600_000;
/** A part that has not grown for so long is not fetched any more. If it is after all, it is fetched from its beginning. */
const OLD_MS = 86_400_000;
/** Where it belongs to another server by its definition, it is not to come here, and none of its parts is written in these minutes. */
const FOREIGN_MS = 600_000;
/** What is forgotten is found again with the next correction. */
const MAX_PARTS = 10_000;

/** Removes what was fetched of packs that will not return: their holders do not owe them any more. */
export class OldParts {
  readonly #disk: ArchiveDisk;
  readonly #clock: Clock;
  readonly #isForeign: (stream: string) => boolean;
  /** Each with its stream. */
  readonly #paths = new Map<string, string>();
  readonly #stop: () => void;
  #isLooking = false;

  /** @param isForeign recordings of the stream belong to another server. */
  constructor(disk: ArchiveDisk, clock: Clock, isForeign: (stream: string) => boolean) {
    this.#disk = disk;
    this.#clock = clock;
    this.#isForeign = isForeign;
    this.#stop = every(clock, LOOKED_AT_EVERY_MS, () => void this.#look());
  }

  found(path: string, stream: string): void {
    if (this.#paths.size < MAX_PARTS) this.#paths.set(path, stream);
  }

  end(): void {
    this.#stop();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const [path, stream] of [...this.#paths]) {
      try {
        const found = await this.#disk.look(path);
        const oldMs = this.#isForeign(stream) ? FOREIGN_MS : OLD_MS;
        const isOld = found !== undefined && this.#clock.unixMs() - found.modifiedMs > oldMs;
        if (isOld) await this.#disk.remove(path);
        if (isOld || found === undefined) this.#paths.delete(path);
      } catch {
        // Its disk is away: it is looked at again.
      }
    }
    this.#isLooking = false;
  }
}
