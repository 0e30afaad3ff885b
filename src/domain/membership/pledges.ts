import type { Times } from '../times.ts';
import type { Hearing } from './hearing.ts';
import type { Roster, RosterEntry } from './roster.ts';

/**
 * The sessions that this member has pledged against. A pledge is a promise about one record: "as long as this revision
 * stands in the bucket, I shall never again acknowledge its session". It can be made only by a session that the record
 * names, because (b) and (c) ask nobody else.
 *
 * The promise ends with the record. An eviction replaces that very revision or nothing, so once a newer one is seen the
 * pledge is of no use to anybody, and keeping it would leave two sessions that live side by side unable to vouch for
 * each other for ever after one short cut.
 */
export class Pledges {
  readonly #self: string;
  readonly #revisions = new Map<string, number>();

  constructor(self: string) {
    this.#self = self;
  }

  /** The pledged sessions with the revision that each pledge is for: what a beat says in `doubts`. */
  get doubts(): ReadonlyMap<string, number> {
    return this.#revisions;
  }

  isAgainst(session: string): boolean {
    return this.#revisions.has(session);
  }

  /** A record was seen: a pledge for an earlier one is over. */
  recordSeen({ record, revision }: RosterEntry): void {
    const pledged = this.#revisions.get(record.session);
    if (pledged !== undefined && pledged !== revision) this.#revisions.delete(record.session);
  }

  ended(session: string): void {
    this.#revisions.delete(session);
  }

  /** Pledges against every session that is silent though the own ears work. Returns the new ones. */
  review(roster: Roster, hearing: Hearing, times: Times, nowMs: number): readonly RosterEntry[] {
    if (!hearing.earsWork(nowMs)) return [];
    const pledged: RosterEntry[] = [];
    for (const entry of roster.entries) {
      const { session, peers } = entry.record;
      if (session === this.#self || this.#revisions.has(session) || !peers.includes(this.#self)) continue;
      if (hearing.silentForMs(session, nowMs) < times.evictMs) continue;
      this.#revisions.set(session, entry.revision);
      pledged.push(entry);
    }
    return pledged;
  }
}
