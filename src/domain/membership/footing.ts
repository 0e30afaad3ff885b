import type { Times } from '../times.ts';
import { type Instant, OwnerClock } from './owner-clock.ts';
import {
  lapseReason,
  ruleInForce,
  ruleReason,
  type Standing,
  type StandingEvidence,
  type StandingRule,
  standing,
  standingUntilMs,
} from './standing.ts';

/** What a session stands on, moment by moment: its evidence, judged on the owner's clock. */
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
   * looks further ahead than F: a session that is alone may ride for minutes, but its very next renewal may name a newcomer,
   * and the process may be stopped after it has sent that and before it has told.
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
