import type { ServerRecord } from '../records/server-record.ts';
import type { Times } from '../times.ts';

/** A session from before the loss that may still capture. */
export interface Awaited {
  readonly server: string;
  /** `undefined`: one that this server has never seen, if there is one. */
  readonly session: string | undefined;
  /** From then on it cannot capture any more, on the waiter's monotonic clock. Later, if it has been without the bus meanwhile. */
  readonly untilMs: number;
}

interface Waiting extends Awaited {
  /** Of a session that has to notice the loss of `owners` by itself: its newest renewal, and when it was heard. */
  renewed?: { revision: number; atMs: number };
  untilMs: number;
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
  /**
   * This server's own session, if it stood when the loss was noticed, or was fenced because of this loss less than E ago. Without it, the
   * records may be old: a server that they call down may have begun a session since.
   */
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
 *   `owners` earlier than this server and stand again: one that has a connection notices within 30 s. So a session that has renewed
 *   its key all the time until Eslow after that joined after the loss. One that has not was without the bus, rides that out by its
 *   peers, and notices when it is back: the time counts anew from its next renewal;
 * - `servers` lost its data and Eslow has passed, if its record names the own session and that stood until the loss: no session
 *   can have evicted it before, so the required set still has it, (b) ended with it, and (c) ends after Fslow;
 * - Eride has passed: no session captures that long without a renewal, and none of a lost record can land.
 *
 * A server that was down may have begun a session that this server never saw, while it was cut off, asleep or stopped. If it may have missed
 * that, the server is waited for until its key was written after the loss, or Eride has passed.
 */
export class Aftermath {
  readonly #self: string;
  readonly #times: Times;
  /** By server and session. */
  readonly #awaited = new Map<string, Waiting>();
  #serversLost = false;
  /** Every record in `servers` up to this revision may date from before the loss. */
  #floor = Number.POSITIVE_INFINITY;

  constructor(self: string, times: Times) {
    this.#self = self;
    this.#times = times;
  }

  /**
   * The bucket `owners` lost its data. To be told when that is noticed, and once more when the view of `servers` is surely as new as its
   * bucket: a session may have begun before the loss, and be seen only then.
   */
  ownersLost({ nowMs, records }: Pick<Loss, 'nowMs' | 'records'>): void {
    if (this.#serversLost) return;
    for (const { server, session, state } of this.#othersOf(records)) {
      if (state === 'down' || this.#awaited.has(keyOf({ server, session }))) continue;
      this.#wait({ server, session, untilMs: this.#noticedBy(nowMs), renewed: { revision: 0, atMs: nowMs } });
    }
  }

  /** The bucket `servers` lost its data. */
  serversLost({ nowMs, records, stood }: Loss): void {
    const { evictSlowMs, evictRideMs } = this.#times;
    this.#serversLost = true;
    this.#floor = Number.POSITIVE_INFINITY;
    for (const { server, session, peers, state } of this.#othersOf(records)) {
      const isDown = state === 'down';
      if (isDown && stood !== undefined) continue;
      for (const older of this.#awaited.values()) if (older.server === server) this.#awaited.delete(keyOf(older));
      const requiresUs = stood !== undefined && peers.includes(stood);
      this.#wait({
        server,
        session: isDown ? undefined : session,
        untilMs: nowMs + (requiresUs ? evictSlowMs : evictRideMs),
      });
    }
  }

  /** The view of `servers` shows again what the bucket has. */
  refilled(revision: number): void {
    this.#floor = Math.min(this.#floor, revision);
  }

  /** The sessions that are still awaited. Empty: claims are safe. */
  awaited(nowMs: number, present: (server: string) => PresentServer | undefined): readonly Awaited[] {
    for (const waiting of this.#awaited.values()) {
      const shown = present(waiting.server);
      if (this.#hasEnded(waiting, shown) || this.#isOver(waiting, nowMs, shown)) this.#awaited.delete(keyOf(waiting));
    }
    if (this.#awaited.size === 0) this.#serversLost = false;
    return [...this.#awaited.values()];
  }

  #isOver(waiting: Waiting, nowMs: number, present: PresentServer | undefined): boolean {
    const { renewed } = waiting;
    if (renewed === undefined) return nowMs >= waiting.untilMs;
    const { evictMs, evictRideMs } = this.#times;
    const wasSilent = nowMs - renewed.atMs > evictMs;
    if (present !== undefined && present.revision !== renewed.revision) {
      if (wasSilent) waiting.untilMs = this.#noticedBy(nowMs);
      waiting.renewed = { revision: present.revision, atMs: nowMs };
    } else if (wasSilent) return nowMs - renewed.atMs >= evictRideMs;
    return nowMs >= waiting.untilMs;
  }

  #noticedBy(nowMs: number): number {
    return nowMs + NOTICED_WITHIN_MS + this.#times.evictSlowMs;
  }

  #hasEnded({ session }: Awaited, present: PresentServer | undefined): boolean {
    const isNamed = session !== undefined && present?.record.session === session && present.record.state !== 'down';
    if (!this.#serversLost) return !isNamed;
    return present !== undefined && !isNamed && present.revision > this.#floor;
  }

  #othersOf(records: Iterable<ServerRecord>): ServerRecord[] {
    return [...records].filter(({ server }) => server !== this.#self);
  }

  #wait(waiting: Waiting): void {
    this.#awaited.set(keyOf(waiting), waiting);
  }
}

function keyOf({ server, session = '' }: Pick<Awaited, 'server' | 'session'>): string {
  return `${server} ${session}`;
}
