import { constants } from 'node:os';

/** How a server process ended. One of `code` and `signal` is `null`; both are when it could not be started. */
export interface ServerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What else the warden knows. */
export interface EndCircumstances {
  /** The warden was told to end. */
  readonly leaving: boolean;
  /** Since the warden started, a server process has got as far as joining the herd. */
  readonly hasServed: boolean;
  /** This server process had installed its signal handlers. */
  readonly hadStarted: boolean;
}

export type AfterEnd =
  | { readonly next: 'exit'; readonly exitCode: number; readonly why: string }
  | { readonly next: 'restart'; readonly why: string };

/**
 * The exit code by which a server process says that it need not be started again: its configuration, the herd, the bus or
 * another process of this machine refused it. Between it and its warden only; sysexits.h has it as EX_CONFIG.
 */
export const REFUSED_EXIT_CODE = 78;
const FAILED_EXIT_CODE = 1;
const MISUSED_EXIT_CODE = 2;
/** Between the end of a server process and the next one: this, doubled with every end in a row. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A server process that ran for this long begins the row again. */
export const HEALTHY_SERVER_MS = 60_000;
/** As shells report a death by signal. */
const SIGNAL_EXIT_BASE = 128;

/**
 * Whether a server is started again.
 *
 * A server that never worked is not started again, as without a warden, and the user who started it sees why. A server that has worked is
 * started again whatever ended it, unless it says itself that a new start is useless.
 */
export function afterEnd({ code, signal }: ServerEnd, { leaving, hasServed, hadStarted }: EndCircumstances): AfterEnd {
  const how = endText({ code, signal });
  if (leaving) {
    if (!hadStarted) return { next: 'exit', exitCode: 0, why: 'told to end before it had started' };
    return { next: 'exit', exitCode: signal === null ? plainExitCode(code) : signalExitCode(signal), why: how };
  }
  if (code === 0) return { next: 'exit', exitCode: 0, why: 'it has left' };
  if (code === REFUSED_EXIT_CODE) return { next: 'exit', exitCode: FAILED_EXIT_CODE, why: 'it was refused' };
  if (code === MISUSED_EXIT_CODE) return { next: 'exit', exitCode: MISUSED_EXIT_CODE, why: how };
  if (signal === null && !hasServed) {
    return { next: 'exit', exitCode: plainExitCode(code), why: `${how} before it had ever served` };
  }
  return { next: 'restart', why: how };
}

export function endText({ code, signal }: ServerEnd): string {
  if (signal !== null) return `it was ended by ${signal}`;
  return code === null ? 'it could not be started' : `it ended with exit code ${code}`;
}

function plainExitCode(code: number | null): number {
  return code === null || code === REFUSED_EXIT_CODE ? FAILED_EXIT_CODE : code;
}

function signalExitCode(signal: NodeJS.Signals): number {
  return SIGNAL_EXIT_BASE + constants.signals[signal];
}

/** How many ends in a row there are now, including the end of a server process that ran for `ranMs`. */
export function endsInARow(before: number, ranMs: number): number {
  return ranMs >= HEALTHY_SERVER_MS ? 1 : before + 1;
}

/** Wait after the `ends`th end in a row, from 1. The first is short: most crashes do not come twice. */
export function serverRestartDelayMs(ends: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, ends - 1));
}
