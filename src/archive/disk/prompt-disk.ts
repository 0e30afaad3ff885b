import type { Clock } from '../../host/clock.ts';
import type { AskedDisk, FileLook } from './archive-disk.ts';
import { StallError, within } from './stall.ts';

/** Of one call: a question may need many, and a disk that is slow answers each of them. */
const ANSWER_WITHIN_MS = 5000;
/** A root that has not answered is asked again so much later, with one call. */
const ASK_AGAIN_MS = 30_000;

interface AskedRoot {
  readonly path: string;
  /** On the monotonic clock; `undefined`: it answers. */
  askAgainMs: number | undefined;
}

/**
 * A disk for what is asked about recordings: it answers each call in time, or rejects it with a StallError. A root that has not answered is not
 * asked again for a while, unless it answers after all: until then each call below it is rejected at once. So questions about a root that
 * hangs take no places of the questions about others.
 */
export class PromptDisk implements AskedDisk {
  readonly #disk: AskedDisk;
  readonly #clock: Clock;
  readonly #roots: readonly AskedRoot[];
  /** Files whose replacement was given up, and may still be done. */
  readonly #replaced = new Set<string>();

  constructor(disk: AskedDisk, clock: Clock, roots: readonly string[]) {
    this.#disk = disk;
    this.#clock = clock;
    // A root in another one answers for itself.
    const longestFirst = roots.toSorted((one, other) => other.length - one.length);
    this.#roots = longestFirst.map((path) => ({ path, askAgainMs: undefined }));
  }

  /** It has not answered, and nothing has come from it since. */
  readonly isSilent = (root: string): boolean =>
    this.#roots.find(({ path }) => path === root)?.askAgainMs !== undefined;

  look(path: string): Promise<FileLook | undefined> {
    return this.#ask(path, () => this.#disk.look(path));
  }

  read(path: string, at: number, bytes: number): Promise<Buffer> {
    return this.#ask(path, () => this.#disk.read(path, at, bytes));
  }

  /** Two at the same time would write into one draft: so a file whose replacement was given up is not replaced before that has ended. */
  async replace(path: string, text: string): Promise<void> {
    if (this.#replaced.has(path)) throw new StallError('it has not answered an earlier write yet');
    await this.#ask(path, () => {
      this.#replaced.add(path);
      return this.#disk.replace(path, text).finally(() => this.#replaced.delete(path));
    });
  }

  async #ask<T>(asked: string, call: () => Promise<T>): Promise<T> {
    const clock = this.#clock;
    const root = this.#roots.find(({ path }) => `${asked}/`.startsWith(`${path}/`));
    if (root?.askAgainMs !== undefined) {
      if (clock.now() < root.askAgainMs) throw new StallError('it has not answered, and is asked again later');
      root.askAgainMs = clock.now() + ASK_AGAIN_MS;
    }
    const answer = call();
    const answered = () => {
      if (root !== undefined) root.askAgainMs = undefined;
    };
    answer.then(answered, answered);
    try {
      return await within(clock, ANSWER_WITHIN_MS, answer);
    } catch (error) {
      if (root !== undefined && error instanceof StallError) root.askAgainMs = clock.now() + ASK_AGAIN_MS;
      throw error;
    }
  }
}
