/**
 * The first value of `check` that is neither `undefined` nor `false`, asked again every `everyMs`. Tests wait for what they
 * expect with this and never for a time.
 *
 * @throws Error naming `what` and the last error or value, when the deadline passes.
 */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  { deadlineMs = 15_000, everyMs = 25 }: { readonly deadlineMs?: number; readonly everyMs?: number } = {},
): Promise<T> {
  const end = performance.now() + deadlineMs;
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
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
