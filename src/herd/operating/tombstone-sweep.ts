import { nameOfForm } from '../../domain/definition/stream-name.ts';
import { someAtOnce } from '../../domain/gate.ts';
import { type Clock, every, PROCESS_CLOCK } from '../../host/clock.ts';
import type { Store } from '../../nats/buckets/store.ts';
import type { Definitions } from '../view/definitions.ts';
import type { Owners } from '../view/owners.ts';
import type { Tombstones } from '../view/tombstones.ts';

interface Deps {
  readonly definitions: Definitions;
  readonly owners: Owners;
  readonly stores: { readonly streams: Store; readonly owners: Store };
  /** One server does it for all, and only while the bus is there. */
  isDue(): boolean;
  readonly clock?: Clock;
}

/**
 * How long the marker of a removal is kept. A write that expects the key to be as it was before the removal, or never written, may land
 * 20 s late (measured), and would win once the marker is gone. So it stays very much longer than that.
 */
export const KEPT_MS = 3600_000;
export const SWEEP_EVERY_MS = 600_000;
const MAX_SWEEPS_AT_ONCE = 32;

/**
 * Takes the markers of old removals out of `streams` and `owners`: streams that came and went leave nothing.
 *
 * Rejected: markers that NATS itself expires (`Nats-TTL`, from 2.11 on): they need another setting of the bucket, do nothing for what
 * other clients remove, and older versions of NATS ignore them, so this sweep would be needed all the same.
 */
export class TombstoneSweep implements Disposable {
  readonly #deps: Deps;
  readonly #clock: Clock;
  readonly #end: () => void;
  #running: Promise<void> | undefined;
  #isOver = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? PROCESS_CLOCK;
    this.#end = every(this.#clock, SWEEP_EVERY_MS, () => void this.sweep());
  }

  /** Resolves when all that is due is gone, or an attempt has failed: what is left is done by a later one. */
  sweep(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#end();
  }

  async #sweep(): Promise<void> {
    const { definitions, owners, stores } = this.#deps;
    await this.#sweepBucket(stores.streams, definitions.tombstones, () => true);
    // The actor of a stream that is defined compares revisions of its owner's key: they do not begin again under it.
    await this.#sweepBucket(stores.owners, owners.tombstones, (key) => {
      const name = nameOfForm(key);
      return name === undefined || definitions.get(name) === undefined;
    });
  }

  async #sweepBucket(store: Store, tombstones: Tombstones, mayGo: (key: string) => boolean): Promise<void> {
    const due = tombstones.seenBefore(this.#clock.now() - KEPT_MS);
    let hasFailed = false;
    await someAtOnce(due, MAX_SWEEPS_AT_ONCE, async ({ key, revision }) => {
      if (hasFailed || this.#isOver || !this.#deps.isDue()) return;
      if (tombstones.revisionOf(key) === revision && mayGo(key)) hasFailed ||= !(await store.sweep(key, revision));
    });
  }
}
