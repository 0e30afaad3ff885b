/** The source of a herd's time: the process's own clock, or a simulated one. XState uses it as its clock too. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  now(): number;
  /** Unix milliseconds, for people and for media sequence numbers. */
  unixMs(): number;
  setTimeout(run: () => void, waitMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

export const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  setTimeout: (run, waitMs) => setTimeout(run, waitMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};

/** Calls `turn` every `everyMs` until the returned function is called. */
export function every(clock: Clock, everyMs: number, turn: () => void): () => void {
  let timer: unknown;
  const next = () => {
    timer = clock.setTimeout(() => {
      next();
      turn();
    }, everyMs);
  };
  next();
  return () => clock.clearTimeout(timer);
}

/** Resolves after `waitMs`, or as soon as the signal is aborted. */
export function pause(clock: Clock, waitMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const over = () => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.setTimeout(over, waitMs);
    signal?.addEventListener('abort', over);
  });
}
