import type { ServerRecord } from '../records/server-record.ts';

/** A server's key as this member's view shows it. */
export interface RosterEntry {
  readonly server: string;
  readonly revision: number;
  readonly record: ServerRecord;
  /** When this revision was first seen, on the viewer's monotonic clock. */
  readonly seenMs: number;
  /** When the session was first seen, on the same clock. */
  readonly sessionSeenMs: number;
  /** Its session has written more than one revision here: it knew of its first write, so it has stood. */
  readonly rewritten: boolean;
}

export interface RosterChange {
  readonly server: string;
  readonly before: RosterEntry | undefined;
  readonly after: RosterEntry | undefined;
}

/** A key of the bucket `servers` at a revision that was not seen before. */
export interface SeenServer {
  readonly server: string;
  readonly revision: number;
  /** `undefined`: removed, or not to be understood. */
  readonly record: ServerRecord | undefined;
  /** What the entry changes in the roster, which shows it already; `undefined`: nothing. */
  readonly change: RosterChange | undefined;
}

/** Ended sessions that are remembered before those that no record names any more are forgotten. */
const MAX_ENDED_SESSIONS = 256;

/**
 * The view of the bucket `servers`, one for all sessions of a server. The roster is the sessions recorded in it as `up` or
 * `draining`; a session that was on it and is on it no more has **ended**, and never comes back. All changes have one order, so a view that
 * has seen everything up to a record has seen every session that it names come and, if it did, go.
 */
export class Roster {
  readonly #revisions = new Map<string, number>();
  readonly #entries = new Map<string, RosterEntry>();
  readonly #live = new Map<string, RosterEntry>();
  readonly #absentMs = new Map<string, number>();
  #revision = 0;
  #current = false;

  /**
   * The view shows everything up to this revision. It may show some of what is later: a fill or a repair brings each key at
   * its last revision, so a record of revision 9 may come before the key that changed at 7 and again at 11. Changes as they
   * happen come one by one, so only an unbroken count, or the end of a fill, moves this on.
   */
  get revision(): number {
    return this.#revision;
  }

  /** False before the first fill and while the feed is broken. */
  get current(): boolean {
    return this.#current;
  }

  take(server: string, revision: number, record: ServerRecord | undefined, nowMs: number): RosterChange | undefined {
    if (revision <= (this.#revisions.get(server) ?? 0)) return undefined;
    this.#revisions.set(server, revision);
    if (revision === this.#revision + 1) this.#revision = revision;
    const before = this.#entries.get(server);
    const session = record === undefined || record.state === 'down' ? undefined : record.session;
    if (before !== undefined && before.record.session !== session) this.#leave(before.record.session, nowMs);
    if (record === undefined || session === undefined) {
      this.#entries.delete(server);
      return before === undefined ? undefined : { server, before, after: undefined };
    }
    const same = before?.record.session === session;
    const sessionSeenMs = same ? before.sessionSeenMs : nowMs;
    const after = { server, revision, record, seenMs: nowMs, sessionSeenMs, rewritten: same };
    this.#entries.set(server, after);
    this.#live.set(session, after);
    this.#noteAbsent(after, nowMs);
    return { server, before, after };
  }

  filled(revision: number, nowMs: number): void {
    this.#revision = Math.max(this.#revision, revision);
    this.#current = true;
    for (const session of this.#live.keys()) this.#absentMs.delete(session);
    for (const entry of this.#entries.values()) this.#noteAbsent(entry, nowMs);
  }

  lagging(): void {
    this.#current = false;
  }

  /** Last revision of the key, also of a removed one; 0: never written. */
  revisionOf(server: string): number {
    return this.#revisions.get(server) ?? 0;
  }

  /** The session that holds the name now, if any. */
  holder(server: string): RosterEntry | undefined {
    return this.#entries.get(server);
  }

  isLive(session: string): boolean {
    return this.#live.has(session);
  }

  /**
   * `session`, which was on the roster at `rosterRevision` or before, is on it no more: its streams are vacant. False
   * while this view cannot tell. `rosterRevision` may be Infinity, not known: then only an end that was seen counts. So it is while the
   * feed is broken: the bucket may have been put back meanwhile, and the session may have joined at a revision that this view has passed.
   */
  hasEnded(session: string, rosterRevision: number): boolean {
    if (this.#live.has(session)) return false;
    const canTell = this.#current && rosterRevision !== Number.POSITIVE_INFINITY;
    return canTell ? this.#revision >= rosterRevision : this.#absentMs.has(session);
  }

  entryOf(session: string): RosterEntry | undefined {
    return this.#live.get(session);
  }

  get entries(): IterableIterator<RosterEntry> {
    return this.#entries.values();
  }

  /** How long `session`, named by some record, has been seen to be ended; 0 while it is on the roster or not known. */
  endedForMs(session: string, nowMs: number): number {
    const sinceMs = this.#absentMs.get(session);
    return sinceMs === undefined ? 0 : nowMs - sinceMs;
  }

  #leave(session: string, nowMs: number): void {
    this.#live.delete(session);
    this.#absentMs.set(session, nowMs);
    if (this.#absentMs.size > MAX_ENDED_SESSIONS) this.#forgetEnded();
  }

  #noteAbsent({ record, revision }: RosterEntry, nowMs: number): void {
    // A session that a record names was on the roster before that record. If the view has not come to that revision, a missing session may only be missing in this view.
    if (this.#revision < revision) return;
    for (const peer of record.peers) {
      if (!this.#live.has(peer) && !this.#absentMs.has(peer)) this.#absentMs.set(peer, nowMs);
    }
  }

  /** Ended sessions matter while some record names them. */
  #forgetEnded(): void {
    const named = new Set([...this.#entries.values()].flatMap(({ record }) => record.peers));
    for (const session of this.#absentMs.keys()) if (!named.has(session)) this.#absentMs.delete(session);
  }
}

/** What a change means to code that places streams or shows the herd; `undefined` for a mere renewal. */
export function rosterChangeReason({ server, before, after }: RosterChange): string | undefined {
  if (after === undefined) return `${server} is off the roster`;
  const now = after.record;
  if (before === undefined) return `${server} joined as session ${now.session}`;
  const was = before.record;
  if (was.session !== now.session) return `${server} joined anew as session ${now.session}`;
  if (was.state !== now.state) return `${server} is ${now.state}`;
  if (was.cannotStore !== now.cannotStore)
    return now.cannotStore === undefined
      ? `${server} can store again`
      : `${server} can store nothing: ${now.cannotStore}`;
  if (was.cannotCapture !== now.cannotCapture)
    return now.cannotCapture === undefined
      ? `${server} can capture again`
      : `${server} can capture nothing: ${now.cannotCapture}`;
  if (was.capacity !== now.capacity || was.publicUrl !== now.publicUrl) return `${server} changed its description`;
  return undefined;
}
