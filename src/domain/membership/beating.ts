import type { Times } from '../times.ts';
import type { Beat, SeenRevisions } from './beat.ts';
import type { DirectTarget, MemberCommand } from './command.ts';
import { type Hearing, MISSED_BEATS } from './hearing.ts';
import type { Self } from './own-key.ts';
import type { Pledges } from './pledges.ts';
import { Reaching } from './reaching.ts';
import type { Roster } from './roster.ts';
import { Vouchers } from './vouchers.ts';

export interface BeatView {
  readonly hearing: Hearing;
  readonly pledges: Pledges;
  readonly roster: Roster;
  readonly revisions: SeenRevisions;
  /** There is no connection to the bus: nobody hears a beat over it. */
  readonly busAway: boolean;
}

/** About a minute at the default pace. */
const BEATS_BETWEEN_TIDYING = 256;

/** Composes this session's beats and remembers when each was sent. */
export class Beating {
  readonly vouchers = new Vouchers();
  readonly reaching: Reaching;
  readonly #self: Self;
  readonly #times: Times;
  #sequence = 0;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(self: Self, times: Times) {
    this.#self = self;
    this.#times = times;
    this.reaching = new Reaching(times);
  }

  /** The beat, if it is time for one. `monoMs` paces; `ownMs` is what the acknowledgements will be counted from. */
  next(monoMs: number, ownMs: number, view: BeatView): MemberCommand | undefined {
    if (monoMs < this.#nextMs) return undefined;
    const late = monoMs - this.#nextMs > this.#times.beatMs;
    this.#nextMs = (late ? monoMs : this.#nextMs) + this.#times.beatMs;
    this.#sequence += 1;
    this.vouchers.sent(this.#sequence, ownMs);
    return { type: 'sendBeat', beat: this.#compose(monoMs, view), direct: this.#direct(monoMs, ownMs, view) };
  }

  #compose(monoMs: number, { hearing, pledges, roster, revisions }: BeatView): Beat {
    const heard = new Map<string, number>();
    for (const session of hearing.sessions) {
      const sequence = hearing.sequence(session);
      if (sequence > 0 && !pledges.isAgainst(session)) heard.set(session, sequence);
    }
    const deafTo: string[] = [];
    for (const { server, record } of roster.entries) {
      if (server !== this.#self.server && hearing.deafTo(record.session, monoMs)) deafTo.push(record.session);
    }
    const { server, session } = this.#self;
    return { server, session, sequence: this.#sequence, heard, doubts: new Map(pledges.doubts), deafTo, revisions };
  }

  /**
   * Those that the bus seems not to reach: they say so, have not acknowledged for some beats, or nobody is reached. And those
   * that have not been tried for long.
   */
  #direct(monoMs: number, ownMs: number, { hearing, roster, busAway }: BeatView): readonly DirectTarget[] {
    const peers: DirectTarget[] = [];
    for (const { server, record } of roster.entries) {
      if (server === this.#self.server) continue;
      const { session, beatUrl } = record;
      peers.push({ server, session, ...(beatUrl !== undefined && { beatUrl }) });
    }
    const silentMs = (session: string) => ownMs - this.vouchers.vouchedMs(session);
    const isMissed = ({ session }: DirectTarget) =>
      busAway || silentMs(session) > MISSED_BEATS * this.#times.beatMs || hearing.isDeafToMe(session);
    const missed = peers.filter(isMissed);
    const targets = missed.map((target): DirectTarget => {
      const through = this.reaching.thirds(target, peers, {
        nowMs: monoMs,
        silentMs: silentMs(target.session),
        sequence: this.#sequence,
      });
      return through.length === 0 ? target : { ...target, through };
    });
    const rest = peers.filter((peer) => !missed.includes(peer));
    targets.push(...this.reaching.probes(rest, monoMs));
    for (const { session } of targets) this.reaching.sent(session, monoMs);
    if (this.#sequence % BEATS_BETWEEN_TIDYING === 0) this.reaching.forget((session) => roster.isLive(session));
    return targets;
  }
}
