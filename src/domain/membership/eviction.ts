import type { Hearing } from '../beats/hearing.ts';
import type { Times } from '../times.ts';
import type { MemberCommand } from './member-output.ts';
import type { Roster, RosterEntry } from './roster.ts';

/**
 * The sessions that this member has pledged against. A pledge is a promise about one record: "as long as this revision
 * stands in the bucket, I shall never again acknowledge its session". It can be made only by a session that the record
 * names, because (b) and (c) ask no other session.
 *
 * The promise ends with the record. An eviction replaces exactly that revision or nothing, so once a newer revision is seen the
 * pledge is useless. If it were kept, two living sessions could never vouch for each other again after one short
 * cut.
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

  /** Pledges against every session that is silent, if this server itself can hear. Returns the new pledges. */
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

/** What an evictor knows of the sessions that the record names. */
export interface EvictionEvidence {
  readonly entry: RosterEntry;
  /** The evictor's monotonic clock. */
  readonly nowMs: number;
  /** `session` has pledged against the session of the record, for this very revision. */
  hasPledged(session: string): boolean;
  /** How long `session` has been seen to be ended. */
  endedForMs(session: string): number;
}

export type EvictionDecision =
  | { readonly evict: true; readonly why: string }
  | { readonly evict: false; readonly why: string };

/**
 * Whether the session of a record may be taken off the roster, judged on the very record that the compare-and-set would
 * replace. That record must have stood unchanged for E on the evictor's clock: (a) is then over, because a renewal sent
 * later than the record would have replaced it or still will.
 *
 * A session that the record names **can no longer vouch** for it when it has pledged against this revision, or when it
 * has been seen to be ended for E: an ended session acknowledges nothing, and what it acknowledged before its end is
 * older than F. Then:
 *
 * - the record names two or more, and two of them can no longer vouch: at once, for (b) fails with one and (c) with two;
 * - it names two or more, and one can no longer vouch: after Eslow, when (c) is over;
 * - it names one, and that one can no longer vouch: at once, for (c) needs two;
 * - otherwise after Eride: no session captures without the bus for longer than `ride`.
 *
 * All of this stays true while the record stays, so a late-landing eviction is as safe as a prompt one.
 */
export function eviction(evidence: EvictionEvidence, times: Times): EvictionDecision {
  const { entry, nowMs } = evidence;
  const { peers } = entry.record;
  const unchangedMs = nowMs - entry.seenMs;
  if (unchangedMs < times.evictMs) return { evict: false, why: `its record changed ${seconds(unchangedMs)} ago` };
  const gone = peers.filter((it) => evidence.hasPledged(it) || evidence.endedForMs(it) >= times.evictMs);
  const enough = Math.min(2, peers.length);
  if (gone.length > 0 && gone.length >= enough) {
    return {
      evict: true,
      why: `silent for ${seconds(unchangedMs)}, and ${gone.length} of its ${peers.length} peers no longer vouch for it`,
    };
  }
  if (gone.length > 0 && unchangedMs >= times.evictSlowMs) {
    return {
      evict: true,
      why: `silent for ${seconds(unchangedMs)}, and one of its ${peers.length} peers no longer vouches for it`,
    };
  }
  if (unchangedMs >= times.evictRideMs) {
    return {
      evict: true,
      why: `silent for ${seconds(unchangedMs)}, longer than a session may capture without the bus`,
    };
  }
  return {
    evict: false,
    why: `${gone.length} of its ${peers.length} peers no longer vouch for it, silent for ${seconds(unchangedMs)}`,
  };
}

/** Takes sessions off the roster when the rules allow it. Several evictors may race: the compare-and-set decides. */
export class Evictor {
  readonly #self: string;
  readonly #times: Times;
  readonly #roster: Roster;
  readonly #hearing: Hearing;
  readonly #pledges: Pledges;
  /** When its eviction was last asked for. A newer record is another entry, so nothing here has to be forgotten. */
  readonly #askedMs = new WeakMap<RosterEntry, number>();

  constructor(
    self: { readonly session: string },
    times: Times,
    views: { readonly roster: Roster; readonly hearing: Hearing; readonly pledges: Pledges },
  ) {
    this.#self = self.session;
    this.#times = times;
    this.#roster = views.roster;
    this.#hearing = views.hearing;
    this.#pledges = views.pledges;
  }

  judge(entry: RosterEntry, nowMs: number): EvictionDecision {
    const { session } = entry.record;
    return eviction(
      {
        entry,
        nowMs,
        hasPledged: (peer) => {
          const doubts = peer === this.#self ? this.#pledges.doubts : this.#hearing.doubtsOf(peer);
          return doubts.get(session) === entry.revision;
        },
        endedForMs: (peer) => this.#roster.endedForMs(peer, nowMs),
      },
      this.#times,
    );
  }

  /** The sessions to evict now. One attempt for each record and second, because an answer may take long. */
  next(nowMs: number): readonly MemberCommand[] {
    if (!this.#roster.current) return [];
    const commands: MemberCommand[] = [];
    for (const entry of this.#roster.entries) {
      const { server, revision, record } = entry;
      if (record.session === this.#self || nowMs - entry.seenMs < this.#times.evictMs) continue;
      if (nowMs - (this.#askedMs.get(entry) ?? Number.NEGATIVE_INFINITY) < this.#times.renewalMs) continue;
      const decision = this.judge(entry, nowMs);
      if (!decision.evict) continue;
      this.#askedMs.set(entry, nowMs);
      const { why } = decision;
      commands.push({ type: 'evict', server, expected: revision, record: { ...record, state: 'down', why }, why });
    }
    return commands;
  }
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
