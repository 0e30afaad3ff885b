/** Refused, because the limit of waiting tasks is reached. */
export class GateFullError extends Error {
  override readonly name = 'GateFullError';
}

export interface GateOptions {
  /** Tasks that run at a time. */
  readonly places: number;
  readonly maxWaiting: number;
}

/**
 * Lets a few tasks run at a time, and a bounded number wait in order. A task that never ends keeps its place, because it
 * really occupies something: a thread of the pool, in a call into a disk that hangs.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /**
   * @param signal ends the wait: for the place, and for the task, which goes on.
   * @throws GateFullError, the signal's reason, and what the task rejects with.
   */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    return new Promise<T>((resolve, reject) => {
      const settle = () => signal?.removeEventListener('abort', giveUp);
      const begin = () => void this.#perform(task).then(resolve, reject).finally(settle);
      const giveUp = () => {
        this.#waiting.delete(begin);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      if (!this.#admits(begin)) {
        settle();
        reject(new GateFullError(`${this.#options.maxWaiting} wait already`));
      }
    });
  }

  #admits(begin: () => void): boolean {
    const { places, maxWaiting } = this.#options;
    if (this.#running < places) {
      this.#running += 1;
      begin();
    } else if (this.#waiting.size < maxWaiting) this.#waiting.add(begin);
    else return false;
    return true;
  }

  async #perform<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/**
 * Does the task for each of `all`, in their order and at most `places` at a time. If one task rejects, this rejects with the same reason,
 * and the tasks that have begun go on.
 */
export async function someAtOnce<T>(all: Iterable<T>, places: number, task: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all].values();
  const work = async () => {
    for (const one of waiting) await task(one);
  };
  await Promise.all(Array.from({ length: places }, work));
}
