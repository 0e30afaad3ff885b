import type { ServerRecord } from '../records/server-record.ts';
import type { Times } from '../times.ts';
import type { Beat, SeenRevisions } from './beat.ts';
import { type Hearing, MISSED_BEATS } from './hearing.ts';
import { type DirectTarget, Reaching } from './reaching.ts';

type Sender = Pick<Beat, 'server' | 'session'>;

/** What a beat is made of: only those parts of the member that it reads. */
export interface BeatView {
  readonly hearing: Hearing;
  readonly pledges: { readonly doubts: ReadonlyMap<string, number>; isAgainst(session: string): boolean };
  readonly roster: {
    readonly entries: Iterable<{ readonly server: string; readonly record: ServerRecord }>;
    isLive(session: string): boolean;
  };
  readonly revisions: SeenRevisions;
  /** There is no connection to the bus: no peer hears a beat over it. */
  readonly busAway: boolean;
}

/** A beat to send: over the bus, and straight to some peers. */
export interface DueBeat {
  readonly beat: Beat;
  readonly direct: readonly DirectTarget[];
}

/** Own beats whose sending is remembered: a minute at the default pace. Acknowledgements of older beats do not count. */
const MAX_REMEMBERED_BEATS = 256;
/** About a minute at the default pace. */
const BEATS_BETWEEN_TIDYING = 256;

/**
 * Which sessions have vouched for this one, and for which moment: for each session the sending, on the owner's clock, of the
 * newest own beat that it acknowledged. Counted from sending, so that a slow bus makes a lease shorter, never longer.
 */
export class Vouchers {
  readonly #sentMs = new Map<number, number>();
  readonly #vouchedMs = new Map<string, number>();
  #forgottenMs = Number.NEGATIVE_INFINITY;

  sent(sequence: number, ownMs: number): void {
    this.#sentMs.set(sequence, ownMs);
    this.#sentMs.delete(sequence - MAX_REMEMBERED_BEATS);
    if (sequence % MAX_REMEMBERED_BEATS === 0) this.#forgetStale(ownMs);
  }

  acknowledged(session: string, sequence: number): void {
    const sentMs = this.#sentMs.get(sequence);
    if (sentMs !== undefined && sentMs > this.vouchedMs(session)) this.#vouchedMs.set(session, sentMs);
  }

  /** Sending of the newest own beat that `session` acknowledged; minus infinity when there is none. */
  vouchedMs(session: string): number {
    return this.#vouchedMs.get(session) ?? Number.NEGATIVE_INFINITY;
  }

  /** Forgets sessions that were silent since the last call: over months many sessions come and go, and their old acknowledgements do not count. */
  #forgetStale(ownMs: number): void {
    for (const [session, vouchedMs] of this.#vouchedMs) {
      if (vouchedMs < this.#forgottenMs) this.#vouchedMs.delete(session);
    }
    this.#forgottenMs = ownMs;
  }
}

/** Composes this session's beats and remembers when each was sent. */
export class Beating {
  readonly vouchers = new Vouchers();
  readonly reaching: Reaching;
  readonly #self: Sender;
  readonly #times: Times;
  #sequence = 0;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(self: Sender, times: Times) {
    this.#self = self;
    this.#times = times;
    this.reaching = new Reaching(times);
  }

  /** The beat, if it is time for one. `monoMs` paces; `ownMs` is what the acknowledgements will be counted from. */
  next(monoMs: number, ownMs: number, view: BeatView): DueBeat | undefined {
    if (monoMs < this.#nextMs) return undefined;
    const late = monoMs - this.#nextMs > this.#times.beatMs;
    this.#nextMs = (late ? monoMs : this.#nextMs) + this.#times.beatMs;
    this.#sequence += 1;
    this.vouchers.sent(this.#sequence, ownMs);
    return { beat: this.#compose(monoMs, view), direct: this.#direct(monoMs, ownMs, view) };
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
   * The peers that the bus seems not to reach: they say so, have not acknowledged for some beats, or no peer is reached. And the peers
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
