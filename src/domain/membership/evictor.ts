import type { Times } from '../times.ts';
import type { MemberCommand } from './command.ts';
import { type EvictionDecision, eviction } from './eviction.ts';
import type { Hearing } from './hearing.ts';
import type { Pledges } from './pledges.ts';
import type { Roster, RosterEntry } from './roster.ts';

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

  /** Whom to evict now. One attempt a record and second: an answer may be long in coming. */
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
