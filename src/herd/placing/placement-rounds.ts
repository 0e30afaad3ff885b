import type { StreamName } from '../../domain/definition/stream-name.ts';
import { FAILED_LATELY_MS, type Plan, plan } from '../../domain/placement/placement.ts';
import {
  type PlacedStream,
  type PlacementInput,
  type PlacementServer,
  type Placing,
  placementInput,
  placingAfter,
} from '../../domain/placement/placing.ts';
import { type ReturnHistory, restSentence, stood, withReturn } from '../../domain/placement/return-history.ts';
import type { OwnedRecord } from '../../domain/records/owner-record.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import type { CaptureReports } from '../capturing/capture-reports.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';
import { StreamMoves } from './stream-moves.ts';

/** A session on the roster, as placement wants to know it. */
export interface RosterMember {
  readonly server: string;
  readonly session: string;
  readonly state: 'up' | 'draining';
  readonly capacity: number;
  readonly cannotStore?: string;
  readonly cannotCapture?: string;
}

type Timing = Omit<Clock, 'unixMs'>;

interface Deps {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly times: Times;
  readonly reports: Pick<CaptureReports, 'of'>;
  roster(): readonly RosterMember[];
  hasEnded(owner: OwnedRecord): boolean;
  isUnknownHome(captureAt: string | undefined): boolean;
  /** `unclaimed`: vacant streams that nobody has claimed, whoever should have. */
  onPlan(plan: Plan, unclaimed: ReadonlySet<string>): void;
  /** A server's failure to capture the stream counts no more. */
  onFailureLapsed(stream: StreamName): void;
  readonly clock?: Timing;
}

/** Servers that could not capture a stream. */
interface Failures {
  /** Who has the stream, and tries again although it may have failed before. */
  readonly owner: string | null;
  /** When this server first saw each. */
  readonly atMs: ReadonlyMap<string, number>;
  /** Those of them whose own failure it was, not the source's. */
  readonly unfit: readonly string[];
  lapsed: number;
}

/** Changes that come together are planned together. */
const SETTLE_MS = 10;
/**
 * Servers whose views differ for longer may each leave a vacant stream to another. After so many heir's graces anyone may claim it.
 */
const UNCLAIMED_GRACES = 3;
/** A plan of ten thousand streams takes a while, and claims come one by one: planning leaves most of the time to others. */
const LEAST_REST_FACTOR = 4;

/**
 * Plans anew whenever what it is made of changes, and while somebody's return delay, an heir's grace or a failure's time runs.
 *
 * What is timed is timed here, on this server's clock from when it saw the thing: other servers may be some milliseconds
 * apart, which a plan, being advice, can bear.
 */
export class PlacementRounds implements Disposable {
  readonly #deps: Deps;
  readonly #returns = new Map<string, ReturnHistory>();
  /** By server: the session that was seen last, and whether it was sound. */
  readonly #seen = new Map<string, { readonly session: string; readonly sound: boolean }>();
  /** When this server first saw a vacated key. */
  readonly #vacatedAtMs = new Map<StreamName, number>();
  readonly #failures = new Map<StreamName, Failures>();
  readonly #moves: StreamMoves;
  /** Since when each stream has had no owner. */
  #vacantSinceMs: ReadonlyMap<string, number> = new Map();
  readonly #clock: Timing;
  #planTimer: unknown;
  #againTimer: unknown;
  #open = false;
  #held = false;
  #looked = false;
  #lastRoundMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#moves = new StreamMoves(deps.times);
    this.#clock = deps.clock ?? PROCESS_CLOCK;
  }

  /** Begins to plan: the view is filled and this server has stood long enough to know who else is there. */
  open(): void {
    this.#open = true;
    this.request();
  }

  close(): void {
    this.#open = false;
  }

  /** While the view may be old nothing is planned: what it shows may be over, and what a plan wants cannot be done. */
  hold(held: boolean): void {
    this.#held = held;
    this.request();
  }

  request(): void {
    if (!this.#open || this.#held) return;
    const waitMs = Math.max(SETTLE_MS, this.#lastRoundMs * LEAST_REST_FACTOR);
    this.#planTimer ??= this.#clock.setTimeout(() => this.#round(), waitMs);
  }

  rosterChanged(nowMs = this.#clock.now()): void {
    for (const { server, session, cannotStore, cannotCapture } of this.#deps.roster()) {
      const before = this.#seen.get(server);
      const sound = cannotStore === undefined && cannotCapture === undefined;
      this.#seen.set(server, { session, sound });
      const isSoundAgain = before?.sound === false && sound;
      if (before?.session === session && !isSoundAgain) continue;
      if (this.#looked) this.#returns.set(server, withReturn(this.#returns.get(server) ?? [], nowMs));
    }
    this.request();
  }

  /** See `restSentence`. */
  restOf(server: string, unixMs: number): string | undefined {
    const at = { nowMs: this.#clock.now(), unixMs };
    return restSentence(this.#returns.get(server) ?? [], at, this.#deps.times);
  }

  /** From here on a session that appears has joined; those seen before were there already. */
  rosterFilled(): void {
    this.#looked = true;
  }

  ownerChanged(name: StreamName, nowMs = this.#clock.now()): void {
    const { record } = this.#deps.owners.get(name);
    if (record?.server === null) this.#vacatedAtMs.set(name, nowMs);
    else this.#vacatedAtMs.delete(name);
    if (record === undefined) this.#moves.forget(name);
    else if (record.server !== null) this.#moves.owned(name, record.server, nowMs);
    const failedBy = record?.failedBy ?? [];
    const before = this.#failures.get(name);
    if (failedBy.length === 0) this.#failures.delete(name);
    else {
      const owner = record?.server ?? null;
      const sinceMs = (server: string) => {
        // Who had it and names itself has just failed once more, however long ago it did before.
        const again = owner === null && server === before?.owner;
        return again ? nowMs : (before?.atMs.get(server) ?? nowMs);
      };
      const atMs = new Map(failedBy.map((server) => [server, sinceMs(server)]));
      this.#failures.set(name, { owner, atMs, unfit: record?.unfitBy ?? [], lapsed: 0 });
    }
    this.request();
  }

  /** Servers whose failure to capture it has not lapsed. */
  failedBy(name: StreamName, nowMs = this.#clock.now()): string[] {
    const { atMs = [] } = this.#failures.get(name) ?? {};
    return [...atMs].filter(([, failedMs]) => nowMs - failedMs < FAILED_LATELY_MS).map(([server]) => server);
  }

  /** Those of `failedBy` whose own failure it was, not the source's. */
  unfitBy(name: StreamName, nowMs = this.#clock.now()): string[] {
    const unfit = this.#failures.get(name)?.unfit ?? [];
    return unfit.length === 0 ? [] : this.failedBy(name, nowMs).filter((server) => unfit.includes(server));
  }

  /** What plans are made of the stream beside its definition and its owner; `undefined`: nothing. */
  placing(name: StreamName, nowMs = this.#clock.now()): Placing | undefined {
    const { record } = this.#deps.owners.get(name);
    const failures = this.#failures.get(name);
    const restLeftMs = this.#moves.restLeftMs(name, nowMs);
    const heir = record?.server === null ? record.heir : undefined;
    if (failures === undefined && heir === undefined && restLeftMs === 0 && record?.moved !== true) return undefined;
    const failedBy = [...(failures?.atMs ?? [])].map(([server, failedMs]) => ({
      server,
      leftMs: failedMs + FAILED_LATELY_MS - nowMs,
      ...(failures?.unfit.includes(server) && { unfit: true as const }),
    }));
    const graceLeftMs =
      (this.#vacatedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) + this.#deps.times.heirGraceMs - nowMs;
    return placingAfter(
      {
        failedBy,
        ...(heir !== undefined && { heir: { server: heir, leftMs: graceLeftMs } }),
        ...(record?.moved === true && { moved: true }),
        restLeftMs,
      },
      0,
    );
  }

  /** The roster as plans are made of it. */
  servers(nowMs = this.#clock.now()): PlacementServer[] {
    const { roster, times } = this.#deps;
    return roster().map(({ server, state, capacity, cannotStore, cannotCapture }) => ({
      name: server,
      state,
      capacity,
      ...(cannotStore !== undefined && { cannotStore }),
      ...(cannotCapture !== undefined && { cannotCapture }),
      ...stood(this.#returns.get(server) ?? [], nowMs, times),
    }));
  }

  /** The input of a plan now. */
  input(nowMs = this.#clock.now()): PlacementInput {
    return placementInput(this.servers(nowMs), this.#streams(nowMs));
  }

  [Symbol.dispose](): void {
    this.#open = false;
    this.#clock.clearTimeout(this.#planTimer);
    this.#clock.clearTimeout(this.#againTimer);
  }

  *#streams(nowMs: number): Generator<PlacedStream> {
    const { definitions, owners, reports, hasEnded, isUnknownHome } = this.#deps;
    for (const [name, { definition }] of definitions.entries()) {
      if (definition === undefined || definition.disabled) continue;
      const { captureAt, weight } = definition;
      const { record, revision } = owners.get(name);
      const isOwned = record !== undefined && record.session !== null && !hasEnded(record);
      const owner = isOwned ? record.server : undefined;
      const unknownHome = isUnknownHome(captureAt) || undefined;
      const isDark = owner === undefined || reports.of(owner, name, revision)?.state !== 'live';
      yield { name, captureAt, unknownHome, weight, owner, isDark, placing: this.placing(name, nowMs) };
    }
  }

  #round(): void {
    this.#planTimer = undefined;
    if (!this.#open || this.#held) return;
    const nowMs = this.#clock.now();
    this.#tellLapsed(nowMs);
    const input = this.input(nowMs);
    this.#noteVacant(input, nowMs);
    this.#deps.onPlan(plan(input), this.#unclaimed(nowMs));
    this.#again(input, nowMs);
    this.#lastRoundMs = this.#clock.now() - nowMs;
  }

  /** The plan knows by itself; the stream's actor, which would not claim what it has failed, has to be told. */
  #tellLapsed(nowMs: number): void {
    for (const [name, failures] of this.#failures) {
      const lapsed = failures.atMs.size - this.failedBy(name, nowMs).length;
      if (lapsed === failures.lapsed) continue;
      failures.lapsed = lapsed;
      this.#deps.onFailureLapsed(name);
    }
  }

  #noteVacant({ streams, owners }: PlacementInput, nowMs: number): void {
    const since = new Map<string, number>();
    for (const { name } of streams) if (!owners.has(name)) since.set(name, this.#vacantSinceMs.get(name) ?? nowMs);
    this.#vacantSinceMs = since;
  }

  #unclaimed(nowMs: number): ReadonlySet<string> {
    const waitMs = UNCLAIMED_GRACES * this.#deps.times.heirGraceMs;
    const overdue = [...this.#vacantSinceMs].filter(([, sinceMs]) => nowMs - sinceMs >= waitMs);
    return new Set(overdue.map(([name]) => name));
  }

  /** Plans again when the next thing that is waited for is due. */
  #again(input: PlacementInput, nowMs: number): void {
    const due: number[] = [];
    for (const { stoodForMs, returnDelayMs } of input.servers) {
      if (stoodForMs < returnDelayMs) due.push(returnDelayMs - stoodForMs);
    }
    for (const name of input.heirs?.keys() ?? []) {
      const vacatedMs = this.#vacatedAtMs.get(name as StreamName);
      if (vacatedMs !== undefined) due.push(vacatedMs + this.#deps.times.heirGraceMs - nowMs);
    }
    for (const sinceMs of this.#vacantSinceMs.values()) {
      const leftMs = sinceMs + UNCLAIMED_GRACES * this.#deps.times.heirGraceMs - nowMs;
      if (leftMs > 0) due.push(leftMs);
    }
    for (const name of input.resting ?? []) due.push(this.#moves.restLeftMs(name as StreamName, nowMs));
    for (const { atMs } of this.#failures.values()) {
      for (const failedMs of atMs.values())
        if (nowMs - failedMs < FAILED_LATELY_MS) due.push(failedMs + FAILED_LATELY_MS - nowMs);
    }
    this.#clock.clearTimeout(this.#againTimer);
    // Not `Math.min(...due)`: ten thousand vacated streams are more arguments than is wise.
    const nextMs = due.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
    if (nextMs < Number.POSITIVE_INFINITY) {
      this.#againTimer = this.#clock.setTimeout(() => this.request(), Math.max(1, Math.ceil(nextMs)));
    }
  }
}
