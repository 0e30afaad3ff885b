const SOONEST_MS = 25;
const LATEST_MS = 200;
/** Of the time that a test has waited: so much later it may notice. */
const NOTICED_LATE = 0.1;

/**
 * The first value of `check` that is neither `undefined` nor `false`. It is asked again every `everyMs`; by default soon at first, and less
 * often the longer it takes, because each question to a herd costs CPU that the herd needs. Tests wait for what they expect with this and
 * never for a time.
 *
 * @throws Error naming `what` and the last error or value, when the deadline passes.
 */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  { deadlineMs = 15_000, everyMs }: { readonly deadlineMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const start = performance.now();
  const end = start + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end) {
      throw new Error(`not within ${deadlineMs} ms: ${what} (last: ${String(last)})`, {
        cause: last instanceof Error ? last : undefined,
      });
    }
    const waitMs = everyMs ?? Math.min(LATEST_MS, Math.max(SOONEST_MS, (performance.now() - start) * NOTICED_LATE));
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
