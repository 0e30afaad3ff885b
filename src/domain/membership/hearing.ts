import type { Times } from '../times.ts';
import type { Beat } from './beat.ts';

export type Via = 'bus' | 'direct';

/** What was heard of one session. Times are the hearer's monotonic clock. */
interface Heard {
  /** Last sign of life: a beat by any way, or a renewal. */
  lifeMs: number;
  /** Last beat that came over the bus. */
  busMs: number;
  sequence: number;
  beats: number;
  doubts: ReadonlyMap<string, number>;
  deafTo: readonly string[];
}

/**
 * Beats without an echo before a way counts as broken. An acknowledgement is normally one or two beats old; from the third
 * beat on there must be time, within F, for another way to be tried and to answer, twice.
 */
export const MISSED_BEATS = 2.5;

const NEVER = Number.NEGATIVE_INFINITY;
const NOTHING: ReadonlyMap<string, number> = new Map();

/** What this member hears of the others, and whether its own ears work. Everything is counted from hearing. */
export class Hearing {
  readonly #self: string;
  readonly #times: Times;
  readonly #heard = new Map<string, Heard>();
  #echoMs = NEVER;
  #echoesSinceMs = NEVER;

  constructor(self: string, times: Times) {
    this.#self = self;
    this.#times = times;
  }

  /** @returns true when the beat is newer than all that were heard of its session. */
  beat(beat: Beat, via: Via, nowMs: number): boolean {
    if (beat.session === this.#self) {
      if (via === 'bus') this.#echo(nowMs);
      return false;
    }
    const heard = this.#of(beat.session);
    if (via === 'bus') heard.busMs = nowMs;
    if (beat.sequence <= heard.sequence) return false;
    heard.lifeMs = nowMs;
    heard.sequence = beat.sequence;
    heard.beats += 1;
    heard.doubts = beat.doubts;
    heard.deafTo = beat.deafTo;
    return true;
  }

  renewal(session: string, nowMs: number): void {
    this.#of(session).lifeMs = nowMs;
  }

  /** Own beats have come back over the bus for longer than E: silence of others is then theirs. */
  earsWork(nowMs: number): boolean {
    return nowMs - this.#echoMs < this.#times.evictMs / 2 && nowMs - this.#echoesSinceMs >= this.#times.evictMs;
  }

  silentForMs(session: string, nowMs: number): number {
    return nowMs - (this.#heard.get(session)?.lifeMs ?? NEVER);
  }

  /** How many beats were heard of the session. Only a session that stands beats. */
  beats(session: string): number {
    return this.#heard.get(session)?.beats ?? 0;
  }

  /** The last sequence heard; 0: none. */
  sequence(session: string): number {
    return this.#heard.get(session)?.sequence ?? 0;
  }

  /** The bus does not bring the beats of `session` here. */
  deafTo(session: string, nowMs: number): boolean {
    return nowMs - (this.#heard.get(session)?.busMs ?? NEVER) > MISSED_BEATS * this.#times.beatMs;
  }

  /** By the last word of `session`, the bus does not bring it the beats of this one. */
  isDeafToMe(session: string): boolean {
    return this.#heard.get(session)?.deafTo.includes(this.#self) ?? false;
  }

  /** Pledges by the last word of `session`: the doubted sessions with the revision of their records. */
  doubtsOf(session: string): ReadonlyMap<string, number> {
    return this.#heard.get(session)?.doubts ?? NOTHING;
  }

  get sessions(): IterableIterator<string> {
    return this.#heard.keys();
  }

  /** Drops every session that `keep` does not want, save those heard within Eslow: a joiner beats before its key is seen. */
  forget(nowMs: number, keep: (session: string) => boolean): void {
    for (const [session, { lifeMs }] of this.#heard) {
      if (nowMs - lifeMs > this.#times.evictSlowMs && !keep(session)) this.#heard.delete(session);
    }
  }

  #of(session: string): Heard {
    let heard = this.#heard.get(session);
    if (heard === undefined) {
      heard = { lifeMs: NEVER, busMs: NEVER, sequence: 0, beats: 0, doubts: NOTHING, deafTo: [] };
      this.#heard.set(session, heard);
    }
    return heard;
  }

  /** After a pause, of the bus or of this process, the ears have to prove themselves anew. */
  #echo(nowMs: number): void {
    if (nowMs - this.#echoMs >= this.#times.evictMs / 2) this.#echoesSinceMs = nowMs;
    this.#echoMs = nowMs;
  }
}
