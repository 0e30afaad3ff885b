import { Gate, GateFullError } from '../../domain/gate.ts';

const WAIT_MS = 10_000;
const MAX_WAITING = 32;

/** How many files, or previews, are made at once; more wait a while. */
export class ExtractPlaces {
  readonly #gate: Gate;
  readonly #waitMs: number;

  constructor(places: number, waitMs = WAIT_MS) {
    this.#gate = new Gate({ places, maxWaiting: MAX_WAITING });
    this.#waitMs = waitMs;
  }

  /**
   * What gives the place back, once; `undefined`: there was none in time, or too many wait.
   *
   * @param signal its client has left. Absent: what is made is for others too.
   * @throws the reason of `signal`
   */
  async take(signal?: AbortSignal): Promise<(() => void) | undefined> {
    const deadline = AbortSignal.timeout(this.#waitMs);
    // Set when a wait is over before its place came: then nothing would give it back.
    let isGivenUp = false;
    const taken = new Promise<() => void>((resolve, reject) => {
      const hold = () => (isGivenUp ? Promise.resolve() : new Promise<void>((release) => resolve(() => release())));
      this.#gate.run(hold, AbortSignal.any(signal ? [signal, deadline] : [deadline])).catch(reject);
    });
    try {
      return await taken;
    } catch (error) {
      isGivenUp = true;
      signal?.throwIfAborted();
      if (deadline.aborted || error instanceof GateFullError) return undefined;
      throw error;
    }
  }
}
