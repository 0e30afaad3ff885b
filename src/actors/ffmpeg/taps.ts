import type { PartRun } from '../../media/low-latency/low-latency-window.ts';
import { TAP_IDS } from '../../media/low-latency/tap-id.ts';
import type { TapTarget } from '../../media/low-latency/tap-output.ts';

/** The connection by which one ffmpeg sends, while it writes a segment, what it writes. */
export interface Tap {
  readonly target: TapTarget;
  /** It writes for this run from now on. Before it writes anything. */
  begins(run: PartRun): void;
  /** It has ended. */
  ended(): void;
}

export class Taps {
  readonly #socket: string;
  readonly #tell: (id: number, run?: PartRun) => void;
  #lastId = Math.floor(Math.random() * TAP_IDS);

  /** @param tell what the connection of that id carries; without a run: nothing more. */
  constructor(socket: string, tell: (id: number, run?: PartRun) => void) {
    this.#socket = socket;
    this.#tell = tell;
  }

  /** For one ffmpeg. */
  open(): Tap {
    this.#lastId = (this.#lastId + 1) % TAP_IDS;
    const id = this.#lastId;
    return {
      target: { socket: this.#socket, id },
      begins: ({ stream, epoch, startNumber }) => this.#tell(id, { stream, epoch, startNumber }),
      ended: () => this.#tell(id),
    };
  }
}
