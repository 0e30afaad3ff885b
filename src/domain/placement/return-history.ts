import type { Times } from '../times.ts';

/**
 * When a server came back onto the roster, on one hearer's own monotonic clock, oldest first. A server that was there
 * when the hearer first looked has no history, and counts as settled: it is not known how long it had stood.
 */
export type ReturnHistory = readonly number[];

/** Returns that are further apart than this are no flapping. */
export const FLAP_WINDOW_MS = 600_000;
/** However it flaps, a server that stands this long gets its streams back. */
export const MAX_RETURN_DELAY_MS = 300_000;
/** Enough to reach `MAX_RETURN_DELAY_MS` from any sensible `returnAfterMs`. */
export const MAX_RETURNS_REMEMBERED = 8;

/** The history after a return at `nowMs`. */
export function withReturn(history: ReturnHistory, nowMs: number): ReturnHistory {
  return [...history, nowMs].slice(-MAX_RETURNS_REMEMBERED);
}

/**
 * How long a server must stand before it is given streams that others have: `returnAfterMs`, doubled for every other
 * return in the ten minutes before its last one. It depends on the last return, not on now: it never shrinks while the
 * server is being waited for.
 */
export function returnDelayMs(history: ReturnHistory, times: Pick<Times, 'returnAfterMs'>): number {
  const last = history.at(-1);
  if (last === undefined) return 0;
  const earlier = returnsInWindow(history) - 1;
  return Math.min(times.returnAfterMs * 2 ** earlier, Math.max(MAX_RETURN_DELAY_MS, times.returnAfterMs));
}

/** The last return and those in the ten minutes before it. */
function returnsInWindow(history: ReturnHistory): number {
  const last = history.at(-1) ?? 0;
  return history.filter((atMs) => atMs > last - FLAP_WINDOW_MS).length;
}

/** What placement wants to know of a server's standing. */
export interface Stood {
  /** How long it has been on the roster since its last return; `Infinity` when it was there before the hearer looked. */
  readonly stoodForMs: number;
  readonly returnDelayMs: number;
  /** It has returned before, lately, and has not yet stood for its longer delay. */
  readonly flapping: boolean;
}

export function stood(history: ReturnHistory, nowMs: number, times: Pick<Times, 'returnAfterMs'>): Stood {
  const last = history.at(-1);
  const delayMs = returnDelayMs(history, times);
  const stoodForMs = last === undefined ? Number.POSITIVE_INFINITY : nowMs - last;
  return { stoodForMs, returnDelayMs: delayMs, flapping: stoodForMs < delayMs && delayMs > times.returnAfterMs };
}

/** Why a server that is up is given nothing that others have, and until when; `undefined`: nothing keeps it. `unixMs`: now. */
export function restSentence(
  history: ReturnHistory,
  { nowMs, unixMs }: { readonly nowMs: number; readonly unixMs: number },
  times: Pick<Times, 'returnAfterMs'>,
): string | undefined {
  const { stoodForMs, returnDelayMs: delayMs } = stood(history, nowMs, times);
  if (stoodForMs >= delayMs) return undefined;
  const returnedMs = unixMs - stoodForMs;
  const count = returnsInWindow(history);
  const often = count > 1 ? ` (return ${count} in ${FLAP_WINDOW_MS / 60_000} min)` : '';
  return `returned at ${instant(returnedMs)}; is given others' streams from ${instant(returnedMs + delayMs)} on${often}`;
}

/** To the second: it is read by people, and stays the same however often it is computed. */
function instant(unixMs: number): string {
  return `${new Date(Math.round(unixMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}
