import type { MemberFact } from './member-output.ts';
import type { StandingRule } from './standing.ts';

export type Phase = 'filling' | 'joining' | 'waiting' | 'refused' | 'standing' | 'fenced' | 'leaving' | 'left';

const OVER: ReadonlySet<Phase> = new Set<Phase>(['refused', 'fenced', 'left']);
const MAY_STAND: ReadonlySet<Phase> = new Set<Phase>(['joining', 'waiting', 'standing']);

/**
 * The phases of one session, and what each change of phase tells:
 *
 * ```
 * filling ─► joining ⇄ waiting ─► refused
 *               │
 *               ▼
 *           standing (also draining) ─► leaving ─► left
 *               │
 *               └─► fenced            (from joining too, when the key is lost)
 * ```
 */
export class SessionPhase {
  readonly #session: string;
  readonly #tell: (fact: MemberFact) => void;
  #now: Phase = 'filling';

  constructor(session: string, tell: (fact: MemberFact) => void) {
    this.#session = session;
    this.#tell = tell;
  }

  get now(): Phase {
    return this.#now;
  }

  get isOver(): boolean {
    return OVER.has(this.#now);
  }

  /** A rule that is in force lets the session stand. */
  get mayStand(): boolean {
    return MAY_STAND.has(this.#now);
  }

  join(): void {
    this.#now = 'joining';
  }

  wait(why: string): void {
    if (this.#now === 'joining') this.#tell({ type: 'join.waiting', why });
    this.#now = 'waiting';
  }

  refuse(why: string): void {
    this.#now = 'refused';
    this.#tell({ type: 'join.refused', why });
  }

  /** Another rule is in force than before. */
  stand(change: { readonly rule: StandingRule; readonly why: string }): void {
    if (this.#now === 'standing') {
      this.#tell({ type: 'standing.changed', ...change });
      return;
    }
    this.#now = 'standing';
    this.#tell({ type: 'standing.gained', session: this.#session, ...change });
  }

  fence(why: string, more: { readonly amnesia?: true } = {}): void {
    this.#now = 'fenced';
    this.#tell({ type: 'standing.lost', why, ...more });
  }

  leave(): void {
    this.#now = 'leaving';
  }

  left(why: string): void {
    this.#now = 'left';
    this.#tell({ type: 'session.left', why });
  }
}
