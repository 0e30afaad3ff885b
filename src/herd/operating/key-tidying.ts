import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Told } from '../../domain/herd-event.ts';
import type { Clock } from '../../host/clock.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';
import type { Servers } from '../view/servers.ts';
import { HomeAdoption } from './home-adoption.ts';
import { OrphanKeys } from './orphan-keys.ts';
import { TombstoneSweep } from './tombstone-sweep.ts';

interface Deps {
  readonly server: string;
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly servers: Servers;
  readonly stores: { readonly streams: Store; readonly owners: Store };
  hasLiveOwner(name: StreamName): boolean;
  /** It is captured here, and not being handed back. */
  isCaptured(name: StreamName): boolean;
  /** The session of this server while it stands and the view is not old. */
  session(): string | undefined;
  /** For how long a home may be away; absent: for ever. */
  readonly adoptMs?: number | undefined;
  tell(told: Told): void;
  readonly clock: Clock;
}

/**
 * Removes the keys, and the markers of keys, that removed streams leave behind: one server does it for all. And each makes itself the home of
 * its streams whose home is gone.
 */
export class KeyTidying implements Disposable {
  readonly #isDue: () => boolean;
  readonly #orphans: OrphanKeys;
  readonly #sweep: TombstoneSweep;
  readonly #adoption: HomeAdoption;

  constructor(deps: Deps) {
    const { stores, server, servers, session } = deps;
    this.#isDue = () => session() !== undefined && servers.isFirst(server);
    this.#orphans = new OrphanKeys({ ...deps, store: stores.owners });
    this.#sweep = new TombstoneSweep({ ...deps, isDue: this.#isDue });
    this.#adoption = new HomeAdoption({ ...deps, store: stores.owners });
  }

  /** There is a new plan: an owner, or a definition, may have changed. */
  planned(): void {
    if (this.#isDue()) void this.#orphans.tidy();
    void this.#adoption.review();
  }

  [Symbol.dispose](): void {
    this.#adoption[Symbol.dispose]();
    this.#sweep[Symbol.dispose]();
  }
}
