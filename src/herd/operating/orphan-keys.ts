import { formsOf, type StreamName } from '../../domain/definition/stream-name.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';

interface Deps {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly store: Store;
  hasLiveOwner(name: StreamName): boolean;
}

/** A thousand streams may be removed together; other requests to the bus must not wait behind them. */
const MAX_REMOVALS_AT_ONCE = 32;

/** Removes the keys of streams that were removed while their owner was gone: no other part would. */
export class OrphanKeys {
  readonly #deps: Deps;
  /** The revision at which each removal was asked for; until the view shows what became of it, it is not asked for again. */
  readonly #asked = new Map<StreamName, number>();
  #running = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Resolves when all that it asked for is answered; what was not done is asked for by a later call. */
  async tidy(): Promise<void> {
    const { definitions, owners, hasLiveOwner } = this.#deps;
    const removals: Promise<void>[] = [];
    for (const [name, revision] of this.#asked) if (owners.get(name).revision !== revision) this.#asked.delete(name);
    for (const name of owners.names()) {
      if (this.#running >= MAX_REMOVALS_AT_ONCE) break;
      const { record, revision } = owners.get(name);
      if (record === undefined || definitions.get(name) !== undefined || hasLiveOwner(name)) continue;
      if (!this.#asked.has(name)) removals.push(this.#remove(name, revision));
    }
    await Promise.all(removals);
  }

  async #remove(name: StreamName, revision: number): Promise<void> {
    this.#asked.set(name, revision);
    this.#running += 1;
    const { outcome } = await this.#deps.store.remove(formsOf(name).key, revision);
    this.#running -= 1;
    if (outcome === 'unknown') this.#asked.delete(name);
  }
}
