import { type Suite, suite, withinDeadline } from './suite.ts';

/** Of a file, below the one of the runner: the tests have shorter ones of their own. */
const FILE_DEADLINE_MS = 280_000;

/**
 * A suite of tests that wait for most of their time and do not disturb each other: `atOnce` of them run side by side. Each has its deadline
 * from the moment on in which it begins. uvu runs tests one after the other; here it is given the ends of tests that are under way.
 */
export function sideBySide(
  name: string,
  { atOnce, deadlineMs }: { readonly atOnce: number; readonly deadlineMs: number },
): Suite {
  const inner = suite(name, { deadlineMs: FILE_DEADLINE_MS });
  const begins: (() => Promise<void>)[] = [];
  const test = (title: string, body: () => void | Promise<void>, own: { readonly deadlineMs?: number } = {}) => {
    const { promise, resolve } = withResolvers();
    begins.push(() => {
      const ended = withinDeadline(title, own.deadlineMs ?? deadlineMs, body);
      resolve(ended);
      return ended;
    });
    // uvu comes to it later.
    promise.catch(() => {});
    inner(title, () => promise);
  };
  const begin = async () => {
    for (let next = begins.shift(); next !== undefined; next = begins.shift()) await next().catch(() => {});
  };
  const run = () => {
    for (let worker = 0; worker < atOnce; worker += 1) void begin();
    inner.run();
  };
  return Object.assign(test, { skip: inner.skip, run });
}

/** As of `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers() {
  let resolve: (value: Promise<void>) => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
