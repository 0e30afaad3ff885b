import type { StreamName } from '../../domain/definition/stream-name.ts';
import { FAILED_LATELY_MS, HOME_SHUNNED_MS } from '../../domain/placement/placement.ts';
import { placingAfter, type StreamPlacing } from '../../domain/placement/placement-input.ts';
import { recordedHome } from '../../domain/records/stream-home.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import type { Owners } from '../view/owners.ts';
import { MissedClaims } from './missed-claims.ts';
import { StreamMoves } from './stream-moves.ts';

interface Deps {
  readonly owners: Pick<Owners, 'get'>;
  readonly times: Times;
  readonly clock?: Pick<Clock, 'now'>;
}

/** Servers that could not capture a stream. */
interface Failures {
  /** The server that has the stream, and tries again although it may have failed before. */
  readonly owner: string | null;
  /** When this server first saw each. */
  readonly atMs: ReadonlyMap<string, number>;
  /** Those of them that failed through their own fault, not the source's. */
  readonly unfit: readonly string[];
  lapsed: number;
}

/**
 * Facts of the owners' records that plans need: servers that failed a stream or did not claim it, the heir that it was vacated for, its last
 * move.
 *
 * Times count on this server's clock from the moment when it saw the record. Other servers may differ by some milliseconds,
 * which does no harm because a plan is only advice.
 */
export class StreamPlacings {
  readonly #deps: Deps;
  readonly #clock: Pick<Clock, 'now'>;
  /** When this server first saw a vacated key. */
  readonly #vacatedAtMs = new Map<StreamName, number>();
  readonly #failures = new Map<StreamName, Failures>();
  readonly #moves: StreamMoves;
  readonly #missed: MissedClaims;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
    this.#moves = new StreamMoves(deps.times);
    this.#missed = new MissedClaims(deps.times);
  }

  ownerChanged(name: StreamName, nowMs = this.#clock.now()): void {
    const { record } = this.#deps.owners.get(name);
    if (record?.server === null) this.#vacatedAtMs.set(name, nowMs);
    else this.#vacatedAtMs.delete(name);
    if (record === undefined) this.#moves.forget(name);
    else if (record.server !== null) this.#moves.owned(name, record.server, nowMs);
    this.#missed.seen(name, record, nowMs);
    const failedBy = record?.failedBy ?? [];
    const before = this.#failures.get(name);
    if (failedBy.length === 0) {
      this.#failures.delete(name);
      return;
    }
    const owner = record?.server ?? null;
    const sinceMs = (server: string) => {
      // A server that had it and names itself has just failed once more, however long ago it did before.
      const again = owner === null && server === before?.owner;
      return again ? nowMs : (before?.atMs.get(server) ?? nowMs);
    };
    const atMs = new Map(failedBy.map((server) => [server, sinceMs(server)]));
    this.#failures.set(name, { owner, atMs, unfit: record?.unfitBy ?? [], lapsed: 0 });
  }

  /** Servers whose failure to capture it has not lapsed. */
  failedBy(name: StreamName, nowMs = this.#clock.now()): string[] {
    const { atMs = [] } = this.#failures.get(name) ?? {};
    return [...atMs].filter(([, failedMs]) => nowMs - failedMs < FAILED_LATELY_MS).map(([server]) => server);
  }

  /** Those of `failedBy` that failed through their own fault, not the source's. */
  unfitBy(name: StreamName, nowMs = this.#clock.now()): string[] {
    const unfit = this.#failures.get(name)?.unfit ?? [];
    return unfit.length === 0 ? [] : this.failedBy(name, nowMs).filter((server) => unfit.includes(server));
  }

  /** What plans are made of the stream beside its definition and its owner; `undefined`: nothing. */
  placing(name: StreamName, nowMs = this.#clock.now()): StreamPlacing | undefined {
    const { record } = this.#deps.owners.get(name);
    const failures = this.#failures.get(name);
    const restLeftMs = this.restLeftMs(name, nowMs);
    const heir = record?.server === null ? record.heir : undefined;
    // What a server does not claim it would not claim of other streams either.
    const missedBy = [...this.#missed.of(name, nowMs)].map((missed) => ({ ...missed, unfit: true as const }));
    const hasFacts = failures !== undefined || missedBy.length > 0 || heir !== undefined;
    if (!hasFacts && restLeftMs === 0 && record?.moved !== true) return undefined;
    const graceLeftMs = this.graceLeftMs(name, nowMs) ?? Number.NEGATIVE_INFINITY;
    return placingAfter(
      {
        failedBy: [...failuresLeft(failures, nowMs), ...missedBy],
        ...(heir !== undefined && { heir: { server: heir, leftMs: graceLeftMs } }),
        ...(record?.moved === true && { moved: true }),
        restLeftMs,
        homeShunnedMs: this.homeShunnedMs(name, nowMs),
      },
      0,
    );
  }

  /** See `MissedClaims`. */
  get onTrial(): ReadonlySet<string> {
    return this.#missed.onTrial;
  }

  /** For how much longer a vacated stream is reserved for its heir; `undefined`: it is not vacated. */
  graceLeftMs(name: StreamName, nowMs: number): number | undefined {
    const vacatedMs = this.#vacatedAtMs.get(name);
    return vacatedMs === undefined ? undefined : vacatedMs + this.#deps.times.heirGraceMs - nowMs;
  }

  /** For how much longer it is not given up to even things out. */
  restLeftMs(name: StreamName, nowMs: number): number {
    return this.#moves.restLeftMs(name, nowMs);
  }

  /** For how much longer it does not return to the home in its record, because that could not capture it; 0: that is no reason. */
  homeShunnedMs(name: StreamName, nowMs: number): number {
    const home = recordedHome(this.#deps.owners.get(name).record);
    const failedMs = home === undefined ? undefined : this.#failures.get(name)?.atMs.get(home);
    return failedMs === undefined ? 0 : Math.max(0, failedMs + HOME_SHUNNED_MS - nowMs);
  }

  /** How long each failure, and each claim that was missed, still counts. */
  *failuresLeftMs(nowMs: number): Generator<number> {
    yield* this.#missed.leftMs(nowMs);
    for (const { atMs } of this.#failures.values()) {
      for (const failedMs of atMs.values()) {
        if (nowMs - failedMs < FAILED_LATELY_MS) yield failedMs + FAILED_LATELY_MS - nowMs;
      }
    }
  }

  /** Streams of which a failure has lapsed since this was asked last. */
  *newlyLapsed(nowMs: number): Generator<StreamName> {
    for (const [name, failures] of this.#failures) {
      const lapsed = failures.atMs.size - this.failedBy(name, nowMs).length;
      if (lapsed === failures.lapsed) continue;
      failures.lapsed = lapsed;
      yield name;
    }
  }
}

function failuresLeft(failures: Failures | undefined, nowMs: number): NonNullable<StreamPlacing['failedBy']> {
  return [...(failures?.atMs ?? [])].map(([server, failedMs]) => ({
    server,
    leftMs: failedMs + FAILED_LATELY_MS - nowMs,
    ...(failures?.unfit.includes(server) && { unfit: true as const }),
  }));
}
