import { FAILED_LATELY_MS, type PlacementInput, type Plan, plan } from '../domain/placement/placement.ts';
import { type ReturnHistory, stood, withReturn } from '../domain/placement/return-history.ts';
import type { StreamName } from '../domain/stream-name.ts';
import type { Times } from '../domain/times.ts';
import type { Definitions } from './definitions.ts';
import type { Owners } from './owners.ts';

/** A session on the roster, as placement wants to know it. */
export interface RosterMember {
  readonly server: string;
  readonly session: string;
  readonly state: 'up' | 'draining';
  readonly capacity: number;
}

interface Deps {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly times: Times;
  roster(): readonly RosterMember[];
  hasEnded(server: string, session: string): boolean;
  onPlan(plan: Plan): void;
}

/** Changes that come together are planned together. */
const SETTLE_MS = 10;

/**
 * Plans anew whenever what it is made of changes, and while somebody's return delay, an heir's grace or a failure's time runs.
 *
 * What is timed is timed here, on this server's clock from when it saw the thing: other servers may be some milliseconds
 * apart, which a plan, being advice, can bear.
 */
export class PlacementRounds implements Disposable {
  readonly #deps: Deps;
  readonly #returns = new Map<string, ReturnHistory>();
  readonly #sessions = new Map<string, string>();
  /** When this server first saw a vacated key with an heir, or a server among those that failed the source. */
  readonly #vacatedAt = new Map<StreamName, { readonly revision: number; readonly atMs: number }>();
  readonly #failedAt = new Map<StreamName, Map<string, number>>();
  #planTimer: NodeJS.Timeout | undefined;
  #againTimer: NodeJS.Timeout | undefined;
  #open = false;
  #held = false;
  #looked = false;

  constructor(deps: Deps) {
    this.#deps = deps;
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
    if (this.#open && !this.#held) this.#planTimer ??= setTimeout(() => this.#round(), SETTLE_MS);
  }

  rosterChanged(nowMs = performance.now()): void {
    for (const { server, session } of this.#deps.roster()) {
      const before = this.#sessions.get(server);
      if (before === session) continue;
      this.#sessions.set(server, session);
      if (this.#looked) this.#returns.set(server, withReturn(this.#returns.get(server) ?? [], nowMs));
    }
    this.request();
  }

  /** From here on a session that appears has joined; those seen before were there already. */
  rosterFilled(): void {
    this.#looked = true;
  }

  ownerChanged(name: StreamName, nowMs = performance.now()): void {
    const { record, revision } = this.#deps.owners.get(name);
    if (record?.server === null) this.#vacatedAt.set(name, { revision, atMs: nowMs });
    else this.#vacatedAt.delete(name);
    const failedBy = record?.failedBy ?? [];
    const before = this.#failedAt.get(name);
    if (failedBy.length === 0) this.#failedAt.delete(name);
    else this.#failedAt.set(name, new Map(failedBy.map((server) => [server, before?.get(server) ?? nowMs])));
    this.request();
  }

  /** Servers whose failure to reach the source has not lapsed. */
  failedBy(name: StreamName, nowMs = performance.now()): string[] {
    const failed = this.#failedAt.get(name);
    if (failed === undefined) return [];
    return [...failed].filter(([, atMs]) => nowMs - atMs < FAILED_LATELY_MS).map(([server]) => server);
  }

  /** The input of a plan now; also for "what if". */
  input(nowMs = performance.now()): PlacementInput {
    const { definitions, owners, times, roster } = this.#deps;
    const streams: { name: StreamName; captureAt: string | undefined; weight: number }[] = [];
    const ownerOf = new Map<string, string>();
    const failedBy = new Map<string, ReadonlySet<string>>();
    const heirs = new Map<string, string>();
    for (const [name, { definition }] of definitions.entries()) {
      if (definition === undefined || definition.disabled) continue;
      streams.push({ name, captureAt: definition.captureAt, weight: definition.weight });
      const { record } = owners.get(name);
      if (record?.session != null && !this.#deps.hasEnded(record.server, record.session))
        ownerOf.set(name, record.server);
      else if (record?.server === null && record.heir !== undefined && this.#inGrace(name, nowMs))
        heirs.set(name, record.heir);
      const failed = this.failedBy(name, nowMs);
      if (failed.length > 0) failedBy.set(name, new Set(failed));
    }
    const servers = roster().map(({ server, state, capacity }) => ({
      name: server,
      state,
      capacity,
      ...stood(this.#returns.get(server) ?? [], nowMs, times),
    }));
    return { servers, streams, owners: ownerOf, failedBy, heirs };
  }

  [Symbol.dispose](): void {
    this.#open = false;
    clearTimeout(this.#planTimer);
    clearTimeout(this.#againTimer);
  }

  #round(): void {
    this.#planTimer = undefined;
    if (!this.#open || this.#held) return;
    const nowMs = performance.now();
    const input = this.input(nowMs);
    this.#deps.onPlan(plan(input));
    this.#again(input, nowMs);
  }

  /** Plans again when the next thing that is waited for is due. */
  #again(input: PlacementInput, nowMs: number): void {
    const due: number[] = [];
    for (const { stoodForMs, returnDelayMs } of input.servers) {
      if (stoodForMs < returnDelayMs) due.push(returnDelayMs - stoodForMs);
    }
    for (const name of input.heirs?.keys() ?? []) {
      const since = this.#vacatedAt.get(name as StreamName);
      if (since !== undefined) due.push(since.atMs + this.#deps.times.heirGraceMs - nowMs);
    }
    for (const failed of this.#failedAt.values()) {
      for (const atMs of failed.values())
        if (nowMs - atMs < FAILED_LATELY_MS) due.push(atMs + FAILED_LATELY_MS - nowMs);
    }
    clearTimeout(this.#againTimer);
    if (due.length > 0) this.#againTimer = setTimeout(() => this.request(), Math.max(1, Math.min(...due)));
  }

  #inGrace(name: StreamName, nowMs: number): boolean {
    const since = this.#vacatedAt.get(name);
    return since !== undefined && nowMs - since.atMs < this.#deps.times.heirGraceMs;
  }
}
