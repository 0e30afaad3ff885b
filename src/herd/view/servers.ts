import type { RosterFollower, RosterView } from '../../actors/session-ports.ts';
import { Roster } from '../../domain/membership/roster.ts';
import { readServerRecord, type ServerRecord } from '../../domain/records/server-record.ts';
import { presenceOf, type ServerPresence } from '../../domain/records/stream-home.ts';
import type { Entry } from '../../nats/buckets/store.ts';
import type { RosterMember } from '../placing/server-returns.ts';
import type { Misread } from './not-understood.ts';

/**
 * What the bucket `servers` says of every server, also of those that are down. Its roster is the one that placement and membership
 * both read: it outlives this server's sessions, so that it is known which server captures what while this one joins again.
 */
export class Servers implements Omit<RosterView, 'reconcile'> {
  readonly #records = new Map<string, ServerRecord>();
  readonly #removed = new Set<string>();
  readonly #onMisread: (misread: Misread) => void;
  readonly #followers = new Set<RosterFollower>();
  #roster = new Roster();

  /** `onMisread`: something of a record is not understood. */
  constructor(onMisread: (misread: Misread) => void = () => undefined) {
    this.#onMisread = onMisread;
  }

  get roster(): Roster {
    return this.#roster;
  }

  follow(follower: RosterFollower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Takes an entry of the bucket. True if the record says something new; a mere renewal says nothing new. */
  take({ key, revision, text }: Entry, nowMs: number): boolean {
    if (revision <= this.revisionOf(key)) return false;
    const before = this.#records.get(key);
    const { record: now, problem } = text === null ? {} : readServerRecord(key, text);
    if (problem !== undefined) this.#onMisread({ what: 'its record', from: key, why: problem });
    const change = this.#roster.take(key, revision, now, nowMs);
    if (text === null) this.#removed.add(key);
    else this.#removed.delete(key);
    if (now === undefined) this.#records.delete(key);
    else this.#records.set(key, now);
    for (const follower of this.#followers) follower.seen({ server: key, revision, record: now, change });
    if (now === undefined) return before !== undefined;
    return before === undefined || !sameButForRenewal(before, now);
  }

  /** The view has every entry up to `revision`. */
  filled(revision: number, nowMs: number): void {
    this.#roster.filled(revision, nowMs);
    for (const follower of this.#followers) follower.current();
  }

  /** The view may be old, until it is filled again. */
  lagging(): void {
    this.#roster.lagging();
  }

  get(server: string): ServerRecord | undefined {
    return this.#records.get(server);
  }

  /** Last revision of the key; 0: never written. */
  revisionOf(server: string): number {
    return this.#roster.revisionOf(server);
  }

  records(): IterableIterator<ServerRecord> {
    return this.#records.values();
  }

  /** Whether the server is there; `undefined`: the bucket says nothing of it. */
  presence(server: string): ServerPresence | undefined {
    const record = this.#records.get(server);
    if (record !== undefined) return presenceOf(record);
    return this.#removed.has(server) ? { state: 'removed' } : undefined;
  }

  /** Those that an operator took off the list. */
  get removed(): ReadonlySet<string> {
    return this.#removed;
  }

  /** Those that are up or draining. */
  live(): readonly ServerRecord[] {
    return [...this.#records.values()].filter(({ state }) => state !== 'down');
  }

  /** See `Roster.hasEnded`. */
  hasEnded(session: string, rosterRevision: number): boolean {
    return this.#roster.hasEnded(session, rosterRevision);
  }

  isLive(session: string): boolean {
    return this.#roster.isLive(session);
  }

  /** The roster as plans are made of it, sorted by name. */
  members(): RosterMember[] {
    const records = [...this.#roster.entries].map(({ record }) => record);
    const members = records.map(({ server, session, capacity, state, cannotStore, cannotCapture }) => ({
      server,
      session,
      capacity,
      state: state === 'draining' ? ('draining' as const) : ('up' as const),
      ...(cannotStore !== undefined && { cannotStore }),
      ...(cannotCapture !== undefined && { cannotCapture }),
    }));
    return members.sort((a, b) => (a.server < b.server ? -1 : 1));
  }

  /** The first server of the roster does the work that only one server should do, although all see the cause. */
  isFirst(server: string): boolean {
    return this.members()[0]?.server === server;
  }

  /** The bucket lost its data. */
  lost(why: string): void {
    for (const follower of this.#followers) follower.lost(why);
    this.#records.clear();
    this.#removed.clear();
    this.#roster = new Roster();
  }
}

function sameButForRenewal(a: ServerRecord, b: ServerRecord): boolean {
  return (
    a.session === b.session &&
    a.state === b.state &&
    a.capacity === b.capacity &&
    a.cannotStore === b.cannotStore &&
    a.cannotCapture === b.cannotCapture &&
    a.publicUrl === b.publicUrl &&
    a.peerUrl === b.peerUrl
  );
}
