import { type Clock, pause } from '../../host/clock.ts';
import type { StoreChange } from './store.ts';
import type { Comparison, ToldBucket } from './told-bucket.ts';

/** So many changes are told in one turn, so that a large bucket does not delay beats and leases. */
const TOLD_AT_ONCE = 256;

/**
 * Tells what a comparison with a bucket at `revision` found. Later writes follow in their order, together with the held changes.
 * `isOver`: it need not be told any more.
 */
export async function tellFound(
  told: ToldBucket,
  { news, swept, markers }: Comparison,
  revision: number,
  clock: Clock,
  isOver: () => boolean,
): Promise<void> {
  told.learn(markers);
  for (let next = 0; next < swept.length; next += TOLD_AT_ONCE) {
    for (const key of swept.slice(next, next + TOLD_AT_ONCE)) told.forget(key);
    await pause(clock, 0);
    if (isOver()) return;
  }
  news.sort((a, b) => a.revision - b.revision);
  let next = 0;
  for (; next + TOLD_AT_ONCE < news.length; next += TOLD_AT_ONCE) {
    const chunk = news.slice(next, next + TOLD_AT_ONCE);
    told.settle(chunk, Math.min(chunk.at(-1)?.revision ?? 0, revision));
    await pause(clock, 0);
    if (isOver()) return;
  }
  told.settle(news.slice(next), revision);
}

/** Tells the listener of a watch, and knows whether the view was called current or stale last. */
export class Announcer {
  readonly #listener: (change: StoreChange) => void;
  #said: 'nothing' | 'current' | 'stale' = 'nothing';
  #isClosed = false;

  constructor(listener: (change: StoreChange) => void) {
    this.#listener = listener;
  }

  get saidCurrent(): boolean {
    return this.#said === 'current';
  }

  announce(change: StoreChange): void {
    if (this.#isClosed) return;
    if (change.type === 'current' || change.type === 'stale') this.#said = change.type;
    try {
      this.#listener(change);
    } catch (thrown) {
      // Thrown from here it would end the reader of the connection or leave the view half told.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }

  becomeStale(why: string): void {
    if (this.#said !== 'stale') this.announce({ type: 'stale', why });
  }

  /** The view is no longer current; `current` is told again when it is. */
  retract(): void {
    this.#said = 'nothing';
  }

  close(): void {
    this.#isClosed = true;
  }
}
