import { everySharedTick } from '../host/clock.ts';
import type { ApiState, CaptureFigures, ServerFacts, StreamFacts, ToApiWorker } from './api-messages.ts';

/** What the copy is made of. Everything here is from memory and costs little. */
export interface CopySources {
  streamNames(): Iterable<string>;
  /** `undefined`: there is no such stream. */
  stream(name: string): StreamFacts | undefined;
  servers(): ServerFacts;
  state(): ApiState;
  captureNames(): Iterable<string>;
  /** `undefined`: this server does not capture it. */
  capture(name: string): CaptureFigures | undefined;
}

/** From the first change to the sending of all that came with it; and between two batches while there is more. */
const FLUSH_MS = 100;
const MORE_MS = 20;
/** What one batch may hold, and how long the making of it may take: the control thread has more to do. */
export const MAX_BATCH = 500;
export const MAX_BATCH_MS = 4;
const STATE_MS = 250;
/** The figures of a capture change with every segment, and are for metrics. */
const CAPTURES_MS = 1000;

/**
 * Keeps the API worker's copy of the view up by changes. However much changes at once, each batch is bounded in number and in time,
 * and a stream that changes ten times in between is sent once.
 */
export class CopyFeed implements Disposable {
  readonly #sources: CopySources;
  readonly #post: (message: ToApiWorker) => void;
  readonly #now: () => number;
  readonly #streams = new Set<string>();
  readonly #captures = new Set<string>();
  readonly #ends: readonly (() => void)[];
  #serversChanged = false;
  #flush: NodeJS.Timeout | undefined;
  #capturesFlush: NodeJS.Timeout | undefined;
  /** The worker has been sent everything once. */
  #isWhole = false;

  constructor(sources: CopySources, post: (message: ToApiWorker) => void, now = () => performance.now()) {
    this.#sources = sources;
    this.#post = post;
    this.#now = now;
    this.#ends = [
      everySharedTick(STATE_MS, () => this.#sendState()),
      everySharedTick(CAPTURES_MS, () => this.#flushCaptures()),
    ];
    this.sendAll();
  }

  /** The worker knows nothing yet. */
  sendAll(): void {
    for (const name of this.#sources.streamNames()) this.#streams.add(name);
    for (const name of this.#sources.captureNames()) this.#captures.add(name);
    this.#serversChanged = true;
    this.#isWhole = false;
    this.#sendState();
    this.flush();
  }

  streamChanged(name: string): void {
    this.#streams.add(name);
    this.#flush ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  captureChanged(name: string): void {
    this.#captures.add(name);
  }

  serversChanged(): void {
    this.#serversChanged = true;
    this.#flush ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Sends one batch now, and the next ones soon. */
  flush(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    if (this.#serversChanged) this.#post({ type: 'servers', facts: this.#sources.servers() });
    this.#serversChanged = false;
    const streams = this.#batch(this.#streams, (name) => this.#sources.stream(name));
    if (streams.length > 0) this.#post({ type: 'streams', streams });
    if (this.#streams.size > 0) this.#flush = setTimeout(() => this.flush(), MORE_MS);
    else if (!this.#isWhole) {
      this.#isWhole = true;
      this.#post({ type: 'joined' });
    }
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end();
    for (const timer of [this.#flush, this.#capturesFlush]) clearTimeout(timer);
  }

  #flushCaptures(): void {
    clearTimeout(this.#capturesFlush);
    const captures = this.#batch(this.#captures, (name) => this.#sources.capture(name));
    if (captures.length > 0) this.#post({ type: 'captures', captures });
    if (this.#captures.size > 0) this.#capturesFlush = setTimeout(() => this.#flushCaptures(), MORE_MS);
  }

  #sendState(): void {
    this.#post({ type: 'state', state: this.#sources.state() });
  }

  /** Takes some of `changed`. */
  #batch<Facts>(changed: Set<string>, factsOf: (name: string) => Facts | undefined): [string, Facts | null][] {
    const untilMs = this.#now() + MAX_BATCH_MS;
    const batch: [string, Facts | null][] = [];
    for (const name of changed) {
      if (batch.length >= MAX_BATCH || this.#now() > untilMs) break;
      changed.delete(name);
      batch.push([name, factsOf(name) ?? null]);
    }
    return batch;
  }
}
