import type { StreamName } from '../../domain/definition/stream-name.ts';
import { type Plan, plan } from '../../domain/placement/placement.ts';
import { type PlacedStream, type PlacementInput, placementInput } from '../../domain/placement/placement-input.ts';
import { epochOf, type OwnedRecord } from '../../domain/records/owner-record.ts';
import { recordedHome } from '../../domain/records/stream-home.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, PROCESS_CLOCK } from '../../host/clock.ts';
import type { CaptureReports } from '../capturing/capture-reports.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';
import type { ServerReturns } from './server-returns.ts';
import type { StreamPlacings } from './stream-placings.ts';

type Timing = Omit<Clock, 'unixMs'>;

interface Deps {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly times: Times;
  readonly reports: Pick<CaptureReports, 'of'>;
  readonly returns: ServerReturns;
  readonly placings: StreamPlacings;
  hasEnded(owner: OwnedRecord): boolean;
  isUnknownHome(captureAt: string | undefined): boolean;
  /** `unclaimed`: vacant streams that no server has claimed, whichever should have. */
  onPlan(plan: Plan, unclaimed: ReadonlySet<string>): void;
  /** A server's failure to capture the stream counts no more. */
  onFailureLapsed(stream: StreamName): void;
  readonly clock?: Timing;
}

/** Changes that come together are planned together. */
const SETTLE_MS = 10;
/**
 * Servers whose views differ for longer may each leave a vacant stream to another server. After so many graces of an heir every server may claim it.
 */
const UNCLAIMED_GRACES = 3;
/** A plan of ten thousand streams takes a while, and claims come one by one: planning leaves most of the time to others. */
const LEAST_REST_FACTOR = 4;

/** Plans again whenever what it is made of changes, and while a return delay, an heir's grace or a failure's time runs. */
export class PlacementRounds implements Disposable {
  readonly #deps: Deps;
  /** Since when each stream has had no owner. */
  #vacantSinceMs: ReadonlyMap<string, number> = new Map();
  readonly #clock: Timing;
  #planTimer: unknown;
  #againTimer: unknown;
  #open = false;
  #held = false;
  #lastRoundMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
  }

  /** Begins to plan: the view is filled and this server has stood long enough to know the other servers. */
  open(): void {
    this.#open = true;
    this.request();
  }

  close(): void {
    this.#open = false;
  }

  /** While the view may be old no plan is made: the view may be wrong, and the moves of a plan could not be done. */
  hold(held: boolean): void {
    this.#held = held;
    this.request();
  }

  request(): void {
    if (!this.#open || this.#held) return;
    const waitMs = Math.max(SETTLE_MS, this.#lastRoundMs * LEAST_REST_FACTOR);
    this.#planTimer ??= this.#clock.setTimeout(() => this.#round(), waitMs);
  }

  /** The input of a plan now. */
  input(nowMs = this.#clock.now()): PlacementInput {
    const { returns, placings } = this.#deps;
    return { ...placementInput(returns.servers(nowMs), this.#streams(nowMs)), onTrial: placings.onTrial };
  }

  [Symbol.dispose](): void {
    this.#open = false;
    this.#clock.clearTimeout(this.#planTimer);
    this.#clock.clearTimeout(this.#againTimer);
  }

  *#streams(nowMs: number): Generator<PlacedStream> {
    const { definitions, owners, reports, placings, hasEnded, isUnknownHome } = this.#deps;
    for (const [name, { definition }] of definitions.entries()) {
      if (definition === undefined || definition.disabled) continue;
      const { captureAt, weight } = definition;
      const { record, revision } = owners.get(name);
      const isOwned = record !== undefined && record.session !== null && !hasEnded(record);
      const owner = isOwned ? record.server : undefined;
      const unknownHome = isUnknownHome(captureAt) || undefined;
      const isDark = owner === undefined || reports.of(owner, name, epochOf(record, revision))?.state !== 'live';
      const placing = placings.placing(name, nowMs);
      yield { name, captureAt, home: recordedHome(record), unknownHome, weight, owner, isDark, placing };
    }
  }

  #round(): void {
    this.#planTimer = undefined;
    if (!this.#open || this.#held) return;
    const nowMs = this.#clock.now();
    // The next plan will know it; but the stream's actor, which does not claim a stream that it has failed, has to be told.
    for (const name of this.#deps.placings.newlyLapsed(nowMs)) this.#deps.onFailureLapsed(name);
    const input = this.input(nowMs);
    this.#noteVacant(input, nowMs);
    this.#deps.onPlan(plan(input), this.#unclaimed(nowMs));
    this.#again(input, nowMs);
    this.#lastRoundMs = this.#clock.now() - nowMs;
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
    let nextMs = Number.POSITIVE_INFINITY;
    for (const leftMs of this.#leftMs(input, nowMs)) nextMs = Math.min(nextMs, leftMs);
    this.#clock.clearTimeout(this.#againTimer);
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#againTimer = this.#clock.setTimeout(() => this.request(), Math.max(1, Math.ceil(nextMs)));
  }

  /** The times until the moments that change a plan without any other event. */
  *#leftMs(input: PlacementInput, nowMs: number): Generator<number> {
    const { placings, times } = this.#deps;
    for (const { stoodForMs, returnDelayMs } of input.servers) {
      if (stoodForMs < returnDelayMs) yield returnDelayMs - stoodForMs;
    }
    // The names of an input are those of definitions.
    for (const name of input.heirs?.keys() ?? []) {
      const graceLeftMs = placings.graceLeftMs(name as StreamName, nowMs);
      if (graceLeftMs !== undefined) yield graceLeftMs;
    }
    for (const sinceMs of this.#vacantSinceMs.values()) {
      const leftMs = sinceMs + UNCLAIMED_GRACES * times.heirGraceMs - nowMs;
      if (leftMs > 0) yield leftMs;
    }
    for (const name of input.resting ?? []) yield placings.restLeftMs(name as StreamName, nowMs);
    for (const name of input.shunHome ?? []) yield placings.homeShunnedMs(name as StreamName, nowMs);
    yield* placings.failuresLeftMs(nowMs);
  }
}
