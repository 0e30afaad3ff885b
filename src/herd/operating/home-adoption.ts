import { formsOf, type StreamName } from '../../domain/definition/stream-name.ts';
import type { Told } from '../../domain/herd-event.ts';
import { epochOf, type OwnedRecord, ownerRecordText } from '../../domain/records/owner-record.ts';
import { isHomeGone, recordedHome } from '../../domain/records/stream-home.ts';
import { printDurationMs } from '../../domain/text/units.ts';
import { type Clock, every } from '../../host/clock.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';
import type { Servers } from '../view/servers.ts';

interface Deps {
  /** This server. */
  readonly server: string;
  readonly definitions: Pick<Definitions, 'get'>;
  readonly owners: Pick<Owners, 'get' | 'streamsOf'>;
  readonly servers: Pick<Servers, 'presence'>;
  readonly store: Pick<Store, 'update'>;
  /** For how long a home may be away; absent: for ever. */
  readonly adoptMs?: number | undefined;
  /** The session of this server while it stands and the view is not old. */
  session(): string | undefined;
  /** It is captured here, and not being handed back. */
  isCaptured(name: StreamName): boolean;
  tell(told: Told): void;
  readonly clock: Clock;
}

const LOOK_EVERY_MS = 60_000;
/** A server that is removed may have been the home of a thousand streams; other requests to the bus must not wait behind them. */
const MAX_WRITES_AT_ONCE = 32;

/**
 * Makes this server the home of what it captures for a home that is gone (O12). Its record is rewritten under its own epoch: the capture
 * goes on.
 */
export class HomeAdoption implements Disposable {
  readonly #deps: Deps;
  readonly #end: () => void;
  /** The revision at which each was asked for; until the view shows what became of it, it is not asked for again. */
  readonly #asked = new Map<StreamName, number>();
  /** Since when each home has been seen down, on the monotonic clock. */
  readonly #downSinceMs = new Map<string, number>();
  #running = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#end = every(deps.clock, LOOK_EVERY_MS, () => void this.review());
  }

  /** Resolves when all that it asked for is answered; what was not done is asked for by a later call. */
  async review(): Promise<void> {
    const { owners, session } = this.#deps;
    const own = session();
    if (own === undefined) return;
    for (const home of this.#downSinceMs.keys()) if (!this.#isDown(home)) this.#downSinceMs.delete(home);
    for (const [name, revision] of this.#asked) if (owners.get(name).revision !== revision) this.#asked.delete(name);
    const writes: Promise<void>[] = [];
    for (const name of owners.streamsOf(own)) {
      if (this.#running >= MAX_WRITES_AT_ONCE) break;
      const { record, revision } = owners.get(name);
      if (record === undefined || record.session === null || this.#asked.has(name)) continue;
      const why = this.#whyGone(name, recordedHome(record));
      if (why !== undefined) writes.push(this.#adopt(name, record, revision, why));
    }
    await Promise.all(writes);
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  /** `undefined`: its home is this server, or is not gone, or does not count. */
  #whyGone(name: StreamName, home: string | undefined): string | undefined {
    const { server, definitions, servers, adoptMs = Number.POSITIVE_INFINITY, isCaptured, clock } = this.#deps;
    const isPinned = definitions.get(name)?.definition?.captureAt !== undefined;
    if (home === undefined || home === server || isPinned || !isCaptured(name)) return undefined;
    const presence = servers.presence(home);
    const seenDownMs = this.#seenDownMs(home);
    if (!isHomeGone({ presence, nowUnixMs: clock.unixMs(), seenDownMs, adoptMs })) return undefined;
    const what = presence?.state === 'removed' ? 'was removed' : `has been away for ${printDurationMs(adoptMs)}`;
    return `its home ${home} ${what}: ${server} is its home now`;
  }

  #seenDownMs(home: string): number {
    const nowMs = this.#deps.clock.now();
    const sinceMs = this.#downSinceMs.get(home) ?? nowMs;
    if (this.#isDown(home)) this.#downSinceMs.set(home, sinceMs);
    return nowMs - sinceMs;
  }

  #isDown(home: string): boolean {
    return this.#deps.servers.presence(home)?.state === 'down';
  }

  async #adopt(name: StreamName, record: OwnedRecord, revision: number, why: string): Promise<void> {
    const { server, store, tell } = this.#deps;
    const epoch = epochOf(record, revision);
    this.#asked.set(name, revision);
    this.#running += 1;
    const text = ownerRecordText({ ...record, home: server, epoch });
    const { outcome } = await store.update(formsOf(name).key, text, revision);
    this.#running -= 1;
    if (outcome === 'unknown') this.#asked.delete(name);
    if (outcome === 'won') tell({ kind: 'stream-adopted', stream: name, epoch, why });
  }
}
