import { suite as uvuSuite } from 'uvu';

/**
 * A uvu suite without uvu's traps: no hooks (a throwing hook exits 0), and a deadline for every test (uvu has none, and
 * an awaited promise that never settles would end the process with exit 0).
 *
 * Every test file ends with `test.run()`; `scripts/test.mjs` judges each file by itself.
 */
export interface Suite {
  (title: string, body: () => void | Promise<void>, options?: { readonly deadlineMs?: number }): void;
  /** Counts as skipped; `why` is shown. */
  skip(title: string, why: string): void;
  run(): void;
}

export function suite(name: string, { deadlineMs = 20_000 }: { readonly deadlineMs?: number } = {}): Suite {
  const inner = uvuSuite(name);
  const test = (title: string, body: () => void | Promise<void>, options: { readonly deadlineMs?: number } = {}) =>
    inner(title, () => withinDeadline(title, options.deadlineMs ?? deadlineMs, body));
  return Object.assign(test, {
    skip: (title: string, why: string) => {
      console.log(`skipped: ${name}: ${title}: ${why}`);
      inner.skip(title);
    },
    run: () => inner.run(),
  });
}

/** @throws Error when `body` has not ended by then. */
export async function withinDeadline(
  title: string,
  deadlineMs: number,
  body: () => void | Promise<void>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${title}" did not end within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([body(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
