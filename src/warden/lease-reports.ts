import { everySharedTick } from '../host/clock.ts';
import { leaseOf, sharedInstant } from './lease.ts';
import type { WardenLine } from './warden-line.ts';

const REPORT_EVERY_MS = 100;

interface Deps {
  readonly line: Pick<WardenLine, 'tell' | 'tellLease'>;
  /** From losing standing to every capture being dead. */
  readonly killMs: number;
  /** Something is claimed, captured or handed back. */
  capturing(): boolean;
}

/** What the warden wants to know of a session; a `SessionView` has it. */
export interface StandingSession {
  readonly session: string;
  /** 0: it may not capture. */
  standingForMs(): number;
}

/**
 * Tells the warden ten times a second for how long this process may be left alone.
 *
 * A session that lost standing says nothing until its captures are dead: the last lease goes on running. If the server is
 * stopped before it has killed them, the warden kills it at the end of that lease.
 */
export class LeaseReports implements Disposable {
  readonly #deps: Deps;
  readonly #end: () => void;
  #session: StandingSession | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#end = everySharedTick(REPORT_EVERY_MS, () => this.report());
  }

  opened(session: StandingSession): void {
    this.#session = session;
    this.#deps.line.tell({ type: 'session', session: session.session });
  }

  /** Reports regularly; call it also when standing is gained, before anything is captured, and when the last capture has ended. */
  report(): void {
    const { line, killMs, capturing } = this.#deps;
    const asked = sharedInstant();
    const standingMs = this.#session?.standingForMs() ?? 0;
    if (standingMs > 0) line.tellLease({ type: 'lease', ...leaseOf(asked, standingMs, killMs) });
    else if (!capturing()) line.tellLease({ type: 'no-lease' });
  }

  /** A server that has left may take its time to close; a server that failed has until the end of its last lease to end its captures. */
  [Symbol.dispose](): void {
    this.#end();
    this.report();
  }
}
