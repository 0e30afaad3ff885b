import type { Times } from '../times.ts';

/** A peer that a beat is sent straight to. */
export interface DirectTarget {
  readonly server: string;
  readonly session: string;
  /** Absent: it takes none. */
  readonly beatUrl?: string;
  /** Peers that are to pass the beat on, because it seems not to come there straight. */
  readonly through?: readonly DirectTarget[];
}

/** A direct beat goes to every peer as often as this, also while the bus works, so that a way that does not work is known before it is needed. */
const PROBE_MS = 30_000;
/** Peers that are tried at once only for that reason. A herd of 100 servers has tried all of them after 6 s. */
const MAX_PROBES_AT_ONCE = 4;
/** Peers that one beat for another peer is handed to. Two may be cut off from it as well. */
const MAX_THIRDS = 3;
/** A peer that has been silent for Fslow is most likely gone: others are asked to pass on only one of so many beats. */
const BEATS_BETWEEN_HOPES = 8;

/**
 * Which peers take this session's direct beats, and which other peers could pass a beat on to those that do not. Nothing
 * of this matters to safety: a beat says the same whichever way it comes (SPEC.md, V3).
 */
export class Reaching {
  readonly #times: Times;
  readonly #sentMs = new Map<string, number>();
  /** For each session the sending of the first beat after the last one that it took. */
  readonly #untakenMs = new Map<string, number>();

  constructor(times: Times) {
    this.#times = times;
  }

  sent(session: string, nowMs: number): void {
    this.#sentMs.set(session, nowMs);
    if (!this.#untakenMs.has(session)) this.#untakenMs.set(session, nowMs);
  }

  /** The session took a direct beat of this one. */
  taken(session: string): void {
    this.#untakenMs.delete(session);
  }

  /** The sessions of `candidates` that have not been sent a direct beat for long. */
  probes(candidates: readonly DirectTarget[], nowMs: number): readonly DirectTarget[] {
    const due = candidates.filter(
      ({ session, beatUrl }) =>
        beatUrl !== undefined && nowMs - (this.#sentMs.get(session) ?? Number.NEGATIVE_INFINITY) >= PROBE_MS,
    );
    return due.slice(0, MAX_PROBES_AT_ONCE);
  }

  /**
   * The peers to hand a beat for `target` to: none while it takes the beats itself, else some of those that do, other ones
   * with each `sequence`.
   */
  thirds(
    target: DirectTarget,
    peers: readonly DirectTarget[],
    { nowMs, silentMs, sequence }: { readonly nowMs: number; readonly silentMs: number; readonly sequence: number },
  ): readonly DirectTarget[] {
    if (!this.#isOutOfReach(target.session, nowMs)) return [];
    if (silentMs > this.#times.fenceSlowMs && sequence % BEATS_BETWEEN_HOPES !== 0) return [];
    const able = peers.filter(
      ({ session, beatUrl }) =>
        session !== target.session && beatUrl !== undefined && !this.#isOutOfReach(session, nowMs),
    );
    const count = Math.min(MAX_THIRDS, able.length);
    return Array.from({ length: count }, (_, at) => able[(sequence * count + at) % able.length]).flatMap(
      (third) => third ?? [],
    );
  }

  /** Sessions come and go for months. */
  forget(keep: (session: string) => boolean): void {
    for (const session of this.#sentMs.keys()) {
      if (keep(session)) continue;
      this.#sentMs.delete(session);
      this.#untakenMs.delete(session);
    }
  }

  /** A beat is taken within milliseconds; one that is not by the time of the next beat is on a way that does not work. */
  #isOutOfReach(session: string, nowMs: number): boolean {
    const sinceMs = this.#untakenMs.get(session);
    return sinceMs !== undefined && nowMs - sinceMs >= this.#times.beatMs;
  }
}
