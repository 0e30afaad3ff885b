import type { Remembering, SeenHerd } from '../../src/herd/joining/herd-memory.ts';
import { type Clock, every } from '../../src/host/clock.ts';

const SAVE_EVERY_MS = 30_000;

/** The data folder of a host: it outlives the process, and the machine's sudden end. As `src/herd/joining/herd-memory.ts`. */
export class Disk {
  #seen: SeenHerd | undefined;

  memoryOf(clock: Clock): Remembering {
    let look: (() => SeenHerd | undefined) | undefined;
    const save = () => {
      this.#seen = look?.() ?? this.#seen;
    };
    return {
      recall: async () => this.#seen,
      follow: (seen) => {
        look = seen;
        every(clock, SAVE_EVERY_MS, save);
        save();
      },
      save,
    };
  }
}
