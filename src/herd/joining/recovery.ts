import type { SessionView } from '../../actors/session-ports.ts';
import type { Told } from '../../domain/herd-event.ts';
import type { Log } from '../../domain/log.ts';
import { Aftermath, type Awaited } from '../../domain/membership/aftermath.ts';
import type { Times } from '../../domain/times.ts';
import { type Clock, every, PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { BucketName } from '../view/feeds.ts';
import type { Servers } from '../view/servers.ts';
import type { HerdSight, Remembering, SeenHerd } from './herd-memory.ts';

interface Deps {
  readonly server: string;
  readonly times: Times;
  readonly servers: Servers;
  readonly log: Log;
  /** Resolves when every view is as new as its bucket. */
  reconciled(): Promise<void>;
  /** How far the views reach. */
  sight(): HerdSight;
  isStale(): boolean;
  /** The session that the membership drives now, or drove last; `undefined`: there was none yet. */
  session(): Pick<SessionView, 'session' | 'standingForMs'> | undefined;
  /** Puts back what this server's configuration file says. Resolves to whether that was done. */
  restore(): Promise<boolean>;
  /** More sessions are known to have ended. */
  onEnded(): void;
  /** Forgets the definitions that the bus lost and no server has put back. */
  dropLostDefinitions(): void;
  tell(told: Told): void;
  readonly clock?: Clock;
}

const REMEMBERED = ['servers', 'owners'] as const;
const CHECK_MS = 100;
const CONFIRM_LOSS_MS = 3000;
const RESTORE_RETRY_MS = 1000;
/** If only `streams` lost its data, captures go on, and other servers may notice the loss half a minute later. */
const DEFINITIONS_GRACE_MS = 60_000;

/**
 * What a server does when the bus has lost data: nodes with memory storage were restarted, a disk was replaced, a backup restored.
 *
 *     noticed ──► fenced, captures dead ──► views as new as the buckets, own files applied ──► joined again ──► waiting ──► placing
 *                 (not for `streams` alone)                                          for sessions that may still capture
 *
 * Definitions come back from configuration files alone: what a server remembers may have been removed since.
 */
export class Recovery implements Disposable {
  readonly #deps: Deps;
  readonly #aftermath: Aftermath;
  #stood: { readonly session: string; readonly atMs: number } | undefined;
  #restoring: Promise<void> | undefined;
  /** Sessions that `servers` knew before it lost its data; once none of them is waited for, all have ended. */
  #before: readonly string[] = [];
  readonly #ended = new Set<string>();
  /** Since the last session was ready. */
  #hasLostOwners = false;
  readonly #clock: Clock;
  #endCheck: () => void = () => {};
  #grace: unknown;
  readonly #closing = new AbortController();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
    this.#aftermath = new Aftermath(deps.server, deps.times);
  }

  /** Has to be called while the views still show the data from before the loss. */
  lost(bucket: BucketName, why: string): void {
    const { servers, log, tell } = this.#deps;
    log.error(`NATS has lost data of the herd, bucket ${bucket}: ${why}`);
    tell({ kind: 'bus-amnesia', why: `the bucket ${bucket} lost its data: ${why}`, detail: { bucket } });
    if ((this.#deps.session()?.standingForMs() ?? 0) > 0) this.sessionFencedByLoss();
    const nowMs = this.#clock.now();
    const stood =
      this.#stood !== undefined && nowMs - this.#stood.atMs < this.#deps.times.evictMs
        ? this.#stood.session
        : undefined;
    const loss = { nowMs, records: servers.records(), stood };
    if (bucket === 'owners') {
      this.#aftermath.ownersLost(loss);
      this.#hasLostOwners = true;
    } else if (bucket === 'servers') {
      this.#before = [...servers.records()].map(({ session }) => session);
      for (const session of this.#before) this.#ended.delete(session);
      this.#aftermath.serversLost(loss);
    } else this.restoreDefinitions();
  }

  /** Tries until the own file's definitions are back; until then nothing is planned. */
  restoreDefinitions(): void {
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = undefined;
    });
  }

  /** The views are filled for the first time: compares them with what an earlier process of this server saw. */
  async begin(memory: Remembering | undefined): Promise<void> {
    const { servers, sight, isStale } = this.#deps;
    await this.#recall(await memory?.recall());
    memory?.follow(() => {
      // While this server waits for sessions from before a loss, the remembered records from before the loss must not be overwritten.
      if (this.isWaiting || isStale()) return undefined;
      return { ...sight(), records: [...servers.records()] };
    });
  }

  async #recall(before: SeenHerd | undefined): Promise<void> {
    const lost = before === undefined ? [] : await this.#lostSince(before);
    if (before === undefined || lost.length === 0) return;
    const { log, tell, sight, servers } = this.#deps;
    for (const bucket of lost) {
      const [now, then] = [sight()[bucket].revision, before[bucket].revision];
      const why = `the bucket ${bucket}, now at revision ${now}, is not as it was when this server last ran, at ${then}`;
      log.error(`NATS has lost data of the herd: ${why}`);
      tell({ kind: 'bus-amnesia', why, detail: { bucket } });
    }
    const nowMs = this.#clock.now();
    if (!lost.includes('servers')) {
      this.#aftermath.ownersLost({ nowMs, records: servers.records() });
      return;
    }
    this.#before = before.records.map(({ session }) => session);
    this.#aftermath.serversLost({ nowMs, records: before.records, stood: undefined });
    this.#aftermath.refilled(sight().servers.revision);
  }

  /** Buckets that show less than before, or are others. */
  async #lostSince(before: SeenHerd): Promise<readonly ('servers' | 'owners')[]> {
    const { sight, reconciled } = this.#deps;
    const isAnother = (bucket: keyof HerdSight) => before[bucket].life !== sight()[bucket].life;
    const isLess = (bucket: keyof HerdSight) => before[bucket].revision > sight()[bucket].revision;
    if (REMEMBERED.some((bucket) => isLess(bucket) && !isAnother(bucket))) {
      // A node that has just become leader may not have applied all that it has.
      await pause(this.#clock, CONFIRM_LOSS_MS, this.#closing.signal);
      await reconciled();
    }
    return REMEMBERED.filter((bucket) => isAnother(bucket) || isLess(bucket));
  }

  /** A session from before a loss may still capture. */
  get isWaiting(): boolean {
    return this.#awaited().length > 0;
  }

  /** Why this server claims nothing although it stands, for its record: the others must not hand streams to it meanwhile. */
  get whyWaiting(): string | undefined {
    const servers = new Set(this.#awaited().map(({ server }) => server));
    if (servers.size === 0) return undefined;
    return `NATS has lost data, and until now sessions of ${[...servers].sort().join(', ')} from before that may still capture`;
  }

  /**
   * A key in `owners` may outlive a loss of `servers`, and with it the revision from which a roster could tell. A session that is on the roster
   * now has not ended: it may have joined after the loss, and have been seen before that was noticed.
   */
  hasEnded(session: string): boolean {
    return this.#ended.has(session) && !this.#deps.servers.isLive(session);
  }

  /** It stood until it noticed the loss itself. */
  sessionFencedByLoss(): void {
    const session = this.#deps.session();
    if (session !== undefined) this.#stood = { session: session.session, atMs: this.#clock.now() };
  }

  serversCurrent(revision: number): void {
    this.#aftermath.refilled(revision);
  }

  /** Resolves when a new session may begin: every loss is noticed, and the own file's definitions are back. */
  async ready(): Promise<void> {
    do {
      await this.#deps.reconciled();
      const hasLostOwners = this.#hasLostOwners;
      this.#hasLostOwners = false;
      if (hasLostOwners)
        this.#aftermath.ownersLost({ nowMs: this.#clock.now(), records: this.#deps.servers.records() });
      await this.#restoring;
    } while (this.#hasLostOwners);
  }

  /** Calls `open` when no session from before a loss can still capture: at once, if there was no loss. */
  whenSafe(open: () => void): void {
    this.close();
    if (this.#open(open)) return;
    for (const { server, session, untilMs } of this.#awaited()) {
      const seconds = Math.ceil((untilMs - this.#clock.now()) / 1000);
      const what = session === undefined ? 'a session that was never seen' : `session ${session}`;
      this.#deps.log.warn(`nothing is claimed yet: ${what} of ${server} may still capture, for ${seconds} s at most`);
    }
    this.#endCheck = every(this.#clock, CHECK_MS, () => {
      if (this.#open(open)) this.close();
    });
  }

  /** The session that waited is over. */
  close(): void {
    this.#endCheck();
  }

  [Symbol.dispose](): void {
    this.close();
    this.#clock.clearTimeout(this.#grace);
    this.#closing.abort();
  }

  #awaited(): readonly Awaited[] {
    const { servers } = this.#deps;
    return this.#aftermath.awaited(this.#clock.now(), (server) => {
      const record = servers.get(server);
      return record && { record, revision: servers.revisionOf(server) };
    });
  }

  #open(open: () => void): boolean {
    if (this.#restoring !== undefined) return false;
    if (this.isWaiting) return false;
    for (const session of this.#before) this.#ended.add(session);
    this.#before = [];
    this.#deps.onEnded();
    this.#dropLost();
    open();
    return true;
  }

  async #restore(): Promise<void> {
    await this.#deps.reconciled();
    const { signal } = this.#closing;
    while (!signal.aborted && !(await this.#deps.restore())) await pause(this.#clock, RESTORE_RETRY_MS, signal);
    this.#clock.clearTimeout(this.#grace);
    if (!signal.aborted) this.#grace = this.#clock.setTimeout(() => this.#dropLost(), DEFINITIONS_GRACE_MS);
  }

  #dropLost(): void {
    // Definitions that have not been read again yet only look lost.
    if (this.#restoring === undefined) this.#deps.dropLostDefinitions();
  }
}
