import type { Beat, SeenRevisions } from '../beats/beat.ts';
import { Beating } from '../beats/beating.ts';
import type { Via } from '../beats/hearing.ts';
import type { ServerFault, ServerRecord } from '../records/server-record.ts';
import type { Times } from '../times.ts';
import type { MemberOutput } from './member-output.ts';
import { Others } from './others.ts';
import { OwnKey, type OwnKeyEntry, type Self, type WriteAnswer } from './own-key.ts';
import type { Instant } from './owner-clock.ts';
import { type Phase, SessionPhase } from './phase.ts';
import type { Roster, SeenServer } from './roster.ts';
import { Footing } from './standing.ts';

/** A leave that the bus does not answer is given up after this many F: the peers evict. */
const LEAVE_PATIENCE_FENCES = 2;
const WHY = { up: 'takes part', draining: 'hands its streams back', down: 'left' } as const;

export interface MemberStart {
  readonly roster: Roster;
  readonly draining?: boolean;
}

/**
 * One session's life in the herd, without clock, network or randomness: inputs come with the time, and return what to do.
 * Its phases are in phase.ts.
 *
 * - It beats, pledges and evicts only while standing: a session that may not capture does not vouch for others.
 * - At every input the member first looks whether standing has lapsed. Lapsed standing never returns: a late
 *   answer can only help the next session.
 */
export class Member {
  readonly self: Self;
  readonly #times: Times;
  readonly #others: Others;
  readonly #beating: Beating;
  readonly #ownKey: OwnKey;
  readonly #footing: Footing;
  readonly #phase: SessionPhase;
  #state: 'up' | 'draining';
  #monoMs = 0;
  #leaveMs = 0;
  #outputs: MemberOutput[] = [];

  /** `roster`: the server's own, which outlives its sessions. Its changes are told by `serverSeen`, `viewCurrent` and `viewLost`. */
  constructor(self: Self, times: Times, now: Instant, { roster, draining = false }: MemberStart) {
    this.self = self;
    this.#times = times;
    this.#others = new Others(self, times, roster, now.monoMs);
    this.#beating = new Beating(self, times);
    this.#ownKey = new OwnKey(self, times);
    this.#footing = new Footing(times, now, { renewals: this.#ownKey.renewals, vouchers: this.#beating.vouchers });
    this.#phase = new SessionPhase(self.session, (fact) => this.#outputs.push(fact));
    this.#state = draining ? 'draining' : 'up';
  }

  get phase(): Phase {
    return this.#phase.now;
  }

  get roster(): Roster {
    return this.#others.roster;
  }

  /** For how much longer the session may capture if nothing more is heard, at most F; 0: it may not. For the warden. */
  standingForMs(now: Instant): number {
    return this.phase === 'standing' ? this.#footing.leftMs(now) : 0;
  }

  /** A revision at which this session was on the roster: what its claims carry. 0: it was not yet. */
  get rosterRevision(): number {
    return this.#ownKey.renewals.joinedRevision;
  }

  /** Time has passed. Wanted several times a beat. */
  tick(now: Instant): readonly MemberOutput[] {
    return this.#turn(now, () => {
      if (this.phase === 'joining' || this.phase === 'waiting') this.#join();
      else if (this.phase === 'standing') this.#stand();
      else if (this.phase === 'leaving') this.#leave();
    });
  }

  beatHeard(now: Instant, beat: Beat, via: Via): readonly MemberOutput[] {
    return this.#turn(now, () => {
      if (!this.#others.beat(beat, via, this.#monoMs)) return;
      const sequence = beat.heard.get(this.self.session);
      if (sequence !== undefined) this.#beating.vouchers.acknowledged(beat.session, sequence);
    });
  }

  /** `session` took a direct beat of this one. */
  directTaken(now: Instant, session: string): readonly MemberOutput[] {
    return this.#turn(now, () => this.#beating.reaching.taken(session));
  }

  /** The watch has brought a key of the bucket `servers`. */
  serverSeen(now: Instant, { server, revision, record, change }: SeenServer): readonly MemberOutput[] {
    return this.#turn(now, () => {
      if (change !== undefined) this.#outputs.push(...this.#others.changed(change, this.#monoMs));
      if (server === this.self.server) this.#ownKeySeen({ revision, record });
    });
  }

  /** The roster is filled, or repaired: it shows all that the bucket has. */
  viewCurrent(now: Instant): readonly MemberOutput[] {
    return this.#turn(now, () => {
      if (this.phase === 'filling') this.#phase.join();
      if (this.phase === 'joining') this.#join();
    });
  }

  /** The bus lost data: revisions may repeat, so nothing that was counted by them holds. */
  viewLost(now: Instant, why: string): readonly MemberOutput[] {
    const more = this.phase === 'standing' ? ({ amnesia: true } as const) : {};
    return this.#turn(now, () => this.#phase.fence(`the bus lost its data: ${why}`, more));
  }

  /** What became of the `write` whose record had this renewal number. */
  writeAnswered(now: Instant, renewal: number, answer: WriteAnswer): readonly MemberOutput[] {
    return this.#turn(now, () => {
      const command = this.#ownKey.answered(renewal, answer);
      if (command !== undefined) this.#outputs.push(command);
    });
  }

  /** The own key as the leader has it, or `undefined` when there was no answer. */
  ownRead(now: Instant, entry: OwnKeyEntry | undefined): readonly MemberOutput[] {
    return this.#turn(now, () => {
      this.#ownKey.readAnswered();
      if (entry !== undefined) this.#ownKeySeen(entry);
    });
  }

  /** What became of an `evict`: its record, and the outcome. */
  evictionAnswered(now: Instant, { server, session, why }: ServerRecord, answer: WriteAnswer): readonly MemberOutput[] {
    return this.#turn(now, () => {
      if (answer.outcome === 'won') this.#outputs.push({ type: 'session.evicted', server, session, why });
    });
  }

  /** What this server has seen of the other buckets, for its beats. */
  revisionsSeen(revisions: Omit<SeenRevisions, 'servers'>): void {
    this.#others.revisionsSeen(revisions);
  }

  /** Without a connection to the bus beats go straight to all peers, before any peer is missed. */
  busSeen(connected: boolean): void {
    this.#others.busAway = !connected;
  }

  /** What is wrong with this server, for its record. */
  faultSeen(fault: ServerFault): void {
    this.#ownKey.faultSeen(fault);
  }

  drain(now: Instant, draining: boolean): readonly MemberOutput[] {
    return this.#turn(now, () => {
      this.#state = draining ? 'draining' : 'up';
      if (this.phase === 'standing') this.#renew();
    });
  }

  /** Its captures have ended: close the own key. From here on it does not vouch for others. */
  leaveRoster(now: Instant): readonly MemberOutput[] {
    return this.#turn(now, () => {
      if (!this.#ownKey.everWrote) {
        this.#phase.left('it never joined');
        return;
      }
      this.#phase.leave();
      this.#leaveMs = this.#footing.ownMs;
      this.#write('down');
    });
  }

  #turn(now: Instant, body: () => void): readonly MemberOutput[] {
    if (this.#phase.isOver) return [];
    this.#monoMs = now.monoMs;
    this.#footing.turn(now);
    const lapse = this.phase === 'standing' ? this.#footing.lapse() : undefined;
    if (lapse !== undefined) {
      this.#phase.fence(lapse);
    } else {
      body();
      const change = this.#phase.mayStand ? this.#footing.newRule() : undefined;
      if (change !== undefined) this.#phase.stand(change);
    }
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #join(): void {
    if (!this.roster.current) return;
    const sinceWriteMs = this.#ownKey.msSinceWrite(this.#footing.ownMs);
    if (this.#ownKey.renewals.acknowledged !== undefined) {
      // Landed, but known so late that it does not stand yet.
      if (sinceWriteMs >= this.#times.beatMs) this.#write(this.#state);
      return;
    }
    const { join, why } = this.#others.joinDecision(this.#monoMs);
    if (join === 'refuse') this.#phase.refuse(why);
    else if (join === 'wait') this.#phase.wait(why);
    else if (sinceWriteMs >= this.#times.renewalMs) {
      this.#phase.join();
      this.#write(this.#state);
    }
  }

  #stand(): void {
    this.#outputs.push(...this.#others.review(this.#monoMs));
    const beat = this.#beating.next(this.#monoMs, this.#footing.ownMs, this.#others);
    if (beat === undefined) return;
    this.#outputs.push({ type: 'sendBeat', ...beat });
    this.#renew();
  }

  #renew(): void {
    const { ownMs, everyoneVouches } = this.#footing;
    if (this.#ownKey.due(ownMs, this.#state, everyoneVouches)) this.#write(this.#state);
  }

  /** Once a beat until the bus says yes, or patience ends. */
  #leave(): void {
    if (this.#footing.ownMs - this.#leaveMs > LEAVE_PATIENCE_FENCES * this.#times.fenceMs) {
      this.#phase.left('the bus does not answer; its peers will evict it');
    } else if (this.#ownKey.msSinceWrite(this.#footing.ownMs) >= this.#times.beatMs) {
      this.#write('down');
    }
  }

  #write(state: ServerRecord['state']): void {
    const { required, acknowledged } = this.#ownKey.renewals;
    const joining = acknowledged === undefined;
    // A renewal that names fewer than two peers ends (c) when it is sent, because it may land. A session that stands by (c) alone,
    // and whose missing peer was just evicted, would fence itself by the renewal that drops this peer.
    const mayShrink = joining || this.#footing.busVouches;
    const peers = this.#others.peersToRecord(required, { joining, mayShrink });
    const expected = acknowledged?.revision ?? this.roster.revisionOf(this.self.server);
    this.#outputs.push(this.#ownKey.write(this.#footing.ownMs, { expected, state, peers, why: WHY[state] }));
  }

  #ownKeySeen(entry: OwnKeyEntry): void {
    const taken = this.#ownKey.seen(entry);
    if (taken === undefined) return;
    if (this.phase === 'leaving') this.#phase.left(taken);
    else this.#phase.fence(taken);
  }
}
