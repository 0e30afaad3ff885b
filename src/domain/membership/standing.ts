import type { Vouchers } from '../beats/beating.ts';
import type { Times } from '../times.ts';
import { type Instant, OwnerClock } from './owner-clock.ts';
import type { Renewals } from './renewals.ts';

export type StandingRule = 'a' | 'b' | 'c';

/** What a session knows of its own claim to capture. Times are the owner's clock. */
export interface StandingEvidence {
  /** What the record in the bucket may be. */
  readonly renewals: Pick<Renewals, 'acknowledged' | 'required' | 'fewestPeers'>;
  readonly vouchers: Pick<Vouchers, 'vouchedMs'>;
}

/** Until when each rule lets the session capture, on the owner's clock, exclusive. */
export interface Standing {
  readonly busMs: number;
  readonly everyoneMs: number;
  readonly allButOneMs: number;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * - **(a) the bus vouches**: a renewal sent less than F ago was acknowledged.
 * - **(b) everyone vouches**: every required session acknowledged a beat sent less than F ago, and the last acknowledged
 *   renewal was sent less than `ride` ago.
 * - **(c) everyone but one vouches**: the same with one missing, only while whatever record may be in the bucket names two
 *   or more, and for less than Fslow after the last acknowledged renewal was sent.
 *
 * Each is the counterpart of what an eviction needs (eviction.ts): (a) of the record's having stood unchanged for E > F,
 * (b) of one named session that can no longer vouch, (c) of two of them, or of one after Eslow > Fslow.
 */
export function standing({ renewals, vouchers }: StandingEvidence, times: Times): Standing {
  const { acknowledged, required, fewestPeers } = renewals;
  if (acknowledged === undefined) return { busMs: NEVER, everyoneMs: NEVER, allButOneMs: NEVER };
  let oldestMs = Number.POSITIVE_INFINITY;
  let secondOldestMs = Number.POSITIVE_INFINITY;
  for (const session of required) {
    const vouchedMs = vouchers.vouchedMs(session);
    if (vouchedMs < oldestMs) {
      secondOldestMs = oldestMs;
      oldestMs = vouchedMs;
    } else if (vouchedMs < secondOldestMs) {
      secondOldestMs = vouchedMs;
    }
  }
  return {
    busMs: acknowledged.sentMs + times.fenceMs,
    everyoneMs: Math.min(oldestMs + times.fenceMs, acknowledged.sentMs + times.rideMs),
    allButOneMs:
      fewestPeers >= 2 ? Math.min(secondOldestMs + times.fenceMs, acknowledged.sentMs + times.fenceSlowMs) : NEVER,
  };
}

/** When standing ends unless something more is heard. */
export function standingUntilMs({ busMs, everyoneMs, allButOneMs }: Standing): number {
  return Math.max(busMs, everyoneMs, allButOneMs);
}

/** The first of the rules that holds at `ownMs`. */
export function ruleInForce({ busMs, everyoneMs, allButOneMs }: Standing, ownMs: number): StandingRule | undefined {
  if (ownMs < busMs) return 'a';
  if (ownMs < everyoneMs) return 'b';
  return ownMs < allButOneMs ? 'c' : undefined;
}

/** What the rule in force means for a session with so many required peers. */
export function ruleReason(rule: StandingRule, peers: number): string {
  if (rule === 'a') return 'the bus acknowledges its renewals';
  return `the bus is silent, ${rule === 'b' ? 'all' : 'all but one'} of its ${peers} peers vouch for it`;
}

/** Why nothing lets the session capture at `ownMs`, one sentence. */
export function lapseReason({ renewals, vouchers }: StandingEvidence, times: Times, ownMs: number): string {
  const { acknowledged, required } = renewals;
  if (acknowledged === undefined) return 'its key in the bucket was never written';
  const sinceMs = Math.round(ownMs - acknowledged.sentMs);
  const silent = required.filter((session) => ownMs >= vouchers.vouchedMs(session) + times.fenceMs);
  const bus = `no renewal sent in the last ${sinceMs} ms was acknowledged by the bus`;
  if (silent.length === 0) return `${bus}, longer than it may ride without`;
  return `${bus}, and ${silent.length} of ${required.length} peers have not vouched for ${times.fenceMs} ms (${silent.slice(0, 5).join(', ')})`;
}

/** The evidence by which a session stands, judged at each moment on the owner's clock. */
export class Footing {
  readonly #times: Times;
  readonly #clock: OwnerClock;
  readonly #evidence: StandingEvidence;
  #rule: StandingRule | undefined;
  #ownMs = 0;

  constructor(times: Times, start: Instant, evidence: StandingEvidence) {
    this.#times = times;
    this.#clock = new OwnerClock(start);
    this.#evidence = evidence;
  }

  /** Sets the time of the present turn. */
  turn(now: Instant): void {
    this.#ownMs = this.#clock.read(now);
  }

  /** The present turn on the owner's clock. */
  get ownMs(): number {
    return this.#ownMs;
  }

  get standing(): Standing {
    return standing(this.#evidence, this.#times);
  }

  get busVouches(): boolean {
    return this.#ownMs < this.standing.busMs;
  }

  get everyoneVouches(): boolean {
    return this.#ownMs < this.standing.everyoneMs;
  }

  /**
   * For how much longer the session may capture if nothing more is heard. This is what the warden is told, so it never
   * looks further ahead than F: a session that is alone may ride for minutes, but its next renewal may name a newcomer,
   * and the process may be stopped after it has sent this renewal and before it has told the warden.
   */
  leftMs(now: Instant): number {
    const leftMs = standingUntilMs(this.standing) - this.#clock.read(now);
    return Math.max(0, Math.min(leftMs, this.#times.fenceMs));
  }

  /** Why the session does not stand in this turn; `undefined`: it does. */
  lapse(): string | undefined {
    if (this.#ownMs < standingUntilMs(this.standing)) return undefined;
    return lapseReason(this.#evidence, this.#times, this.#ownMs);
  }

  /** The rule that is in force since this turn, if it was not before. */
  newRule(): { readonly rule: StandingRule; readonly why: string } | undefined {
    const rule = ruleInForce(this.standing, this.#ownMs);
    if (rule === undefined || rule === this.#rule) return undefined;
    this.#rule = rule;
    return { rule, why: ruleReason(rule, this.#evidence.renewals.required.length) };
  }
}
