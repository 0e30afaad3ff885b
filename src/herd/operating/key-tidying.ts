import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { Clock } from '../../host/clock.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';
import { OrphanKeys } from './orphan-keys.ts';
import { TombstoneSweep } from './tombstone-sweep.ts';

interface Deps {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly stores: { readonly streams: Store; readonly owners: Store };
  hasLiveOwner(name: StreamName): boolean;
  /** One server does it for all, and only while the bus is there. */
  isDue(): boolean;
  readonly clock: Clock;
}

/** Removes the keys, and the markers of keys, that removed streams leave behind. */
export class KeyTidying implements Disposable {
  readonly #isDue: () => boolean;
  readonly #orphans: OrphanKeys;
  readonly #sweep: TombstoneSweep;

  constructor({ stores, hasLiveOwner, ...deps }: Deps) {
    this.#isDue = deps.isDue;
    this.#orphans = new OrphanKeys({ ...deps, store: stores.owners, hasLiveOwner });
    this.#sweep = new TombstoneSweep({ ...deps, stores });
  }

  /** There is a new plan: an owner, or a definition, may have changed. */
  planned(): void {
    if (this.#isDue()) void this.#orphans.tidy();
  }

  [Symbol.dispose](): void {
    this.#sweep[Symbol.dispose]();
  }
}
