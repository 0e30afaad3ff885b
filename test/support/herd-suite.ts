import { type HerdOptions, showLogs, startHerd } from './herd.ts';
import { suite } from './suite.ts';
import type { TestHerd } from './test-herd.ts';

/** As `Suite` of `suite.ts`, for tests that use one herd. */
export interface HerdSuite {
  (title: string, body: (herd: TestHerd) => Promise<void>): void;
  skip(title: string, why: string): void;
  run(): void;
}

/**
 * A suite whose tests share one herd, because the start of three servers costs more than most tests do. Each test finds the herd as it was
 * at the beginning (`TestHerd.renew`). After a test that fails its herd is ended, and the next test gets another one, so that one
 * failure never causes a second one. The last test ends the herd.
 */
export function herdSuite(name: string, options: HerdOptions, { deadlineMs = 140_000 } = {}): HerdSuite {
  const inner = suite(name, { deadlineMs });
  const shared = new SharedHerd(options);
  const test = (title: string, body: (herd: TestHerd) => Promise<void>) => {
    shared.left += 1;
    inner(title, () => shared.lend(body));
  };
  return Object.assign(test, { skip: inner.skip, run: inner.run });
}

class SharedHerd {
  /** Tests that have not begun. */
  left = 0;
  readonly #options: HerdOptions;
  #herd: TestHerd | undefined;
  #isLent = false;

  constructor(options: HerdOptions) {
    this.#options = options;
  }

  async lend(body: (herd: TestHerd) => Promise<void>): Promise<void> {
    this.left -= 1;
    // A test that is over its deadline still uses its herd. That test ends the herd itself.
    if (this.#isLent) this.#herd = undefined;
    this.#isLent = true;
    const isNew = this.#herd === undefined;
    const herd = this.#herd ?? (await startHerd(this.#options));
    this.#herd = herd;
    try {
      await (isNew ? herd.start(this.#options.mainFile) : herd.renew());
      await body(herd);
    } catch (error) {
      showLogs(herd);
      await this.#end(herd);
      throw error;
    }
    if (this.left === 0 || this.#herd !== herd) await this.#end(herd);
    else this.#isLent = false;
  }

  async #end(herd: TestHerd): Promise<void> {
    if (this.#herd === herd) {
      this.#herd = undefined;
      this.#isLent = false;
    }
    await herd[Symbol.asyncDispose]();
  }
}
