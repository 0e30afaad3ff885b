import type { ServerRecord } from '../records/server-record.ts';
import type { Times } from '../times.ts';

/** A session from before the loss that may still capture. */
export interface Awaited {
  readonly server: string;
  readonly session: string;
  /** From then on it cannot capture any more, on the waiter's monotonic clock. */
  readonly untilMs: number;
}

/** What the view shows of a server now. */
export interface PresentServer {
  readonly record: ServerRecord;
  readonly revision: number;
}

export interface Loss {
  readonly nowMs: number;
  /** What the view showed when the loss was noticed. */
  readonly records: Iterable<ServerRecord>;
  /** This server's own session, if it stood when the loss was noticed, or was fenced because of this loss less than E ago. */
  readonly stood: string | undefined;
}

/** A watch that has heard nothing of a loss asks its bucket at least this often. */
const NOTICED_WITHIN_MS = 30_000;

/**
 * After the bus lost its data it is not known which server owns what: every key looks vacant, while servers that have not noticed yet go on
 * capturing. This says which sessions a server has to wait for before it may claim anything.
 *
 * A session from before the loss has certainly ended when
 *
 * - its server's key names another session and was written after the loss, since what a restored backup holds may be older
 *   than what was lost: a server begins a new session only when the captures of the last have ended;
 * - `servers` kept its data, and it is off the roster: by the rules of eviction, or it left. It may also have noticed the loss of
 *   `owners` earlier than this server and stand again: one that has a connection notices within 30 s, and one that has none,
 *   whose record names this server's ended session, stands no longer than Fslow. So a session that is still there after that joined after the loss;
 * - `servers` lost its data and Eslow has passed, if its record names the own session and that stood until the loss: no session
 *   can have evicted it before, so the required set still has it, (b) ended with it, and (c) ends after Fslow;
 * - Eride has passed: no session captures that long without a renewal, and none of a lost record can land.
 */
export class Aftermath {
  readonly #self: string;
  readonly #times: Times;
  readonly #awaited = new Map<string, Awaited>();
  #serversLost = false;
  /** Every record in `servers` up to this revision may date from before the loss. */
  #floor = Number.POSITIVE_INFINITY;

  constructor(self: string, times: Times) {
    this.#self = self;
    this.#times = times;
  }

  /** The bucket `owners` lost its data. */
  ownersLost({ nowMs, records }: Loss): void {
    const { evictSlowMs } = this.#times;
    for (const { server, session } of this.#othersOf(records)) {
      if (!this.#awaited.has(server)) this.#wait({ server, session, untilMs: nowMs + NOTICED_WITHIN_MS + evictSlowMs });
    }
  }

  /** The bucket `servers` lost its data. */
  serversLost({ nowMs, records, stood }: Loss): void {
    const { evictSlowMs, evictRideMs } = this.#times;
    this.#serversLost = true;
    this.#floor = Number.POSITIVE_INFINITY;
    for (const { server, session, peers } of this.#othersOf(records)) {
      const requiresUs = stood !== undefined && peers.includes(stood);
      this.#wait({ server, session, untilMs: nowMs + (requiresUs ? evictSlowMs : evictRideMs) });
    }
  }

  /** The view of `servers` shows again what the bucket has. */
  refilled(revision: number): void {
    this.#floor = Math.min(this.#floor, revision);
  }

  /** The sessions that are still awaited. Empty: claims are safe. */
  awaited(nowMs: number, present: (server: string) => PresentServer | undefined): readonly Awaited[] {
    for (const { server, session, untilMs } of this.#awaited.values()) {
      if (nowMs >= untilMs || this.#hasEnded(session, present(server))) this.#awaited.delete(server);
    }
    if (this.#awaited.size === 0) this.#serversLost = false;
    return [...this.#awaited.values()];
  }

  #hasEnded(session: string, present: PresentServer | undefined): boolean {
    const isNamed = present?.record.session === session && present.record.state !== 'down';
    if (!this.#serversLost) return !isNamed;
    return present !== undefined && !isNamed && present.revision > this.#floor;
  }

  #othersOf(records: Iterable<ServerRecord>): ServerRecord[] {
    return [...records].filter(({ server, state }) => server !== this.#self && state !== 'down');
  }

  #wait(awaited: Awaited): void {
    this.#awaited.set(awaited.server, awaited);
  }
}
