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
/** Node's timers end at whole milliseconds of a clock that may be behind: what is due so soon after the alarm is taken with it. */
const TOGETHER_MS = 2;

interface SharedTick {
  readonly everyMs: number;
  readonly turn: (dueMs: number) => void;
  dueMs: number;
}

/** Of this thread. */
const sharedTicks = new Set<SharedTick>();
let alarm: NodeJS.Timeout | undefined;

/**
 * Calls `turn` at the multiples of `everyMs` of this process's clock. So the intervals of a thread end together where they are parts of
 * each other, and it is woken once for all of them, by one timer: to be woken costs more than what most of them do. Servers do not get
 * in step with each other by it, because each process has a zero of its own.
 *
 * @param turn gets the time at which it was due.
 */
export function everySharedTick(everyMs: number, turn: (dueMs: number) => void): () => void {
  const tick = { everyMs, turn, dueMs: nextDueMs(everyMs, performance.now()) };
  sharedTicks.add(tick);
  setAlarm();
  return () => {
    sharedTicks.delete(tick);
    // A timer without a tick would keep the process.
    if (sharedTicks.size === 0) clearTimeout(alarm);
  };
}

function nextDueMs(everyMs: number, nowMs: number): number {
  return (Math.floor(nowMs / everyMs + OUT_OF_STEP) + 1) * everyMs;
}

function setAlarm(): void {
  clearTimeout(alarm);
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { dueMs } of sharedTicks) firstMs = Math.min(firstMs, dueMs);
  if (firstMs < Number.POSITIVE_INFINITY) alarm = setTimeout(takeTicks, Math.ceil(firstMs - performance.now()));
}

function takeTicks(): void {
  const nowMs = performance.now();
  const taken: { readonly tick: SharedTick; readonly dueMs: number }[] = [];
  for (const tick of sharedTicks) {
    const { everyMs, dueMs } = tick;
    if (dueMs - nowMs > Math.min(TOGETHER_MS, everyMs * OUT_OF_STEP)) continue;
    taken.push({ tick, dueMs });
    tick.dueMs = nextDueMs(everyMs, nowMs);
  }
  setAlarm();
  // An earlier turn may have ended a later tick.
  for (const { tick, dueMs } of taken) if (sharedTicks.has(tick)) tick.turn(dueMs);
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
