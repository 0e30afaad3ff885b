import type { Beat, SeenRevisions } from '../beats/beat.ts';
import { Hearing, Lag, MISSED_BEATS, type Via } from '../beats/hearing.ts';
import type { Times } from '../times.ts';
import { Evictor, Pledges } from './eviction.ts';
import { type JoinDecision, joinDecision } from './joining.ts';
import type { MemberOutput } from './member-output.ts';
import type { Self } from './own-key.ts';
import { type Roster, type RosterChange, type RosterEntry, rosterChangeReason } from './roster.ts';

/** One late beat may come from a session that has ended; two come from one that lives. */
const BEATS_OF_THE_LIVING = 2;

/**
 * What a session knows of its peers and does about them: the roster, the beats that it hears, its pledges, its evictions. All times
 * here are of its own monotonic clock, and count from hearing.
 */
export class Others {
  readonly roster: Roster;
  readonly hearing: Hearing;
  readonly pledges: Pledges;
  readonly #self: Self;
  readonly #times: Times;
  readonly #sinceMs: number;
  readonly #evictor: Evictor;
  readonly #lag: Lag;
  /** There is no connection to the bus. */
  busAway = false;
  #revisions = { owners: 0, streams: 0 };

  /** The session that begins at `nowMs` has heard nothing before: what the roster shows counts as heard then. */
  constructor(self: Self, times: Times, roster: Roster, nowMs: number) {
    this.#self = self;
    this.#times = times;
    this.roster = roster;
    this.#sinceMs = nowMs;
    this.hearing = new Hearing(self.session, times);
    this.pledges = new Pledges(self.session);
    this.#evictor = new Evictor(self, times, this);
    this.#lag = new Lag(MISSED_BEATS * times.beatMs);
    for (const { record } of roster.entries) this.hearing.renewal(record.session, nowMs);
  }

  /** What this server has seen of the three buckets, for its beats. */
  get revisions(): SeenRevisions {
    return { servers: this.roster.revision, ...this.#revisions };
  }

  revisionsSeen(revisions: Omit<SeenRevisions, 'servers'>): void {
    this.#revisions = revisions;
  }

  /** @returns true when the beat is newer than all that were heard of its session. */
  beat(beat: Beat, via: Via, nowMs: number): boolean {
    if (!this.hearing.beat(beat, via, nowMs)) return false;
    this.#lag.heard(beat.revisions, this.revisions, nowMs);
    return true;
  }

  /** The roster has changed, and shows it already. */
  changed(change: RosterChange, nowMs: number): readonly MemberOutput[] {
    const { before, after } = change;
    if (before !== undefined && before.record.session !== after?.record.session) {
      this.pledges.ended(before.record.session);
    }
    if (after !== undefined) {
      this.hearing.renewal(after.record.session, nowMs);
      this.pledges.recordSeen(after);
    }
    const why = rosterChangeReason(change);
    return why === undefined ? [] : [{ type: 'roster.changed', why }];
  }

  /** Pledges, evictions and repairs that are due. Only for a session that stands. */
  review(nowMs: number): readonly MemberOutput[] {
    this.hearing.forget(nowMs, (session) => this.roster.isLive(session));
    const outputs: MemberOutput[] = [];
    for (const { server, record } of this.pledges.review(this.roster, this.hearing, this.#times, nowMs)) {
      const silentS = (this.hearing.silentForMs(record.session, nowMs) / 1000).toFixed(1);
      const why = `neither a beat nor a renewal of ${server} heard for ${silentS} s`;
      outputs.push({ type: 'session.pledged', server, session: record.session, why });
    }
    outputs.push(...this.#evictor.next(nowMs));
    for (const behind of this.#lag.overdue(this.revisions, nowMs)) outputs.push({ type: 'reconcile', ...behind });
    return outputs;
  }

  joinDecision(nowMs: number): JoinDecision {
    const { server, session, host, dataDir, boot } = this.#self;
    const holder = this.roster.holder(server);
    return joinDecision({
      holder,
      revision: this.roster.revisionOf(server),
      session,
      host,
      dataDir,
      boot,
      holderIsAlive: holder !== undefined && (this.#hasRenewed(holder) || this.#beats(holder)),
      holderBeats: holder !== undefined && this.#beats(holder),
      holderIsSilent:
        holder !== undefined && this.hearing.silentForMs(holder.record.session, nowMs) > this.#times.evictMs,
      eviction:
        holder === undefined ? { evict: false, why: 'no session holds the name' } : this.#evictor.judge(holder, nowMs),
    });
  }

  /**
   * The sessions to require. At first all sessions on the roster; later a newcomer only once it is known to have stood, by a beat or
   * by its second renewal. Otherwise a newcomer whose first write landed while the bus died, and which will never vouch for a
   * peer, would end the ride of all others.
   *
   * Sessions that have ended are dropped, but only if `mayShrink`.
   */
  peersToRecord(
    required: readonly string[],
    { joining, mayShrink }: { readonly joining: boolean; readonly mayShrink: boolean },
  ): readonly string[] {
    const peers = new Set(mayShrink ? [] : required);
    for (const { server, record, rewritten } of this.roster.entries) {
      const { session } = record;
      if (server === this.#self.server) continue;
      if (joining || rewritten || required.includes(session) || this.hearing.beats(session) > 0) peers.add(session);
    }
    return [...peers];
  }

  /** Since this session began: what was seen before may be of a session that has died since. */
  #hasRenewed({ rewritten, seenMs }: RosterEntry): boolean {
    return rewritten && seenMs > this.#sinceMs;
  }

  #beats({ record }: RosterEntry): boolean {
    return this.hearing.beats(record.session) >= BEATS_OF_THE_LIVING;
  }
}
