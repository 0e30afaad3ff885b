/** The source of a herd's time: the process's own clock, or a simulated one. XState uses it as its clock too. */
export interface Clock {
  /** Monotonic, in milliseconds. */
  now(): number;
  /** Unix milliseconds, for people and for media sequence numbers. */
  unixMs(): number;
  setTimeout(run: () => void, waitMs: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Absent: each interval begins when it is asked for. */
  every?(everyMs: number, turn: () => void): () => void;
}

export const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  unixMs: () => Date.now(),
  setTimeout: (run, waitMs) => setTimeout(run, waitMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  every: everySharedTick,
};

/** By this part of its interval a turn may come too early or too late, to be in step again. */
const OUT_OF_STEP = 1 / 4;

/**
 * Calls `turn` at the multiples of `everyMs` of this process's clock. So the intervals of a thread end together where they are parts of
 * each other, and it is woken once for all of them: to be woken costs more than what most of them do. Servers do not get in step with
 * each other by it, because each process has a zero of its own.
 *
 * @param turn gets the time at which it was due.
 */
export function everySharedTick(everyMs: number, turn: (dueMs: number) => void): () => void {
  let timer: NodeJS.Timeout;
  const next = () => {
    const nowMs = performance.now();
    const dueMs = (Math.floor(nowMs / everyMs + OUT_OF_STEP) + 1) * everyMs;
    timer = setTimeout(
      () => {
        next();
        turn(dueMs);
      },
      Math.ceil(dueMs - nowMs),
    );
  };
  next();
  return () => clearTimeout(timer);
}

/** Calls `turn` every `everyMs` until the returned function is called. */
export function every(clock: Clock, everyMs: number, turn: () => void): () => void {
  if (clock.every !== undefined) return clock.every(everyMs, turn);
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
