import type { HerdEvent } from '../domain/herd-event.ts';
import type { EventQuery } from '../http/api/herd-api.ts';
import type { Bus } from '../nats/bus.ts';
import { type EventFeed, followEvents } from '../nats/event-feed.ts';
import { eventsOf } from './event-iteration.ts';

/** The newest events, kept for all readers. An event has about 300 bytes. */
const MAX_RECENT = 2000;
/** Readers that look further back at once: each is a consumer of the event log. */
const MAX_HISTORY_READS = 8;
/** A bus that does not answer is waited for so long, once. */
const FILLED_WITHIN_MS = 3000;

/**
 * The event log for any number of readers: one consumer follows it, the newest events are kept here, and only what is older
 * is read from the log again.
 */
export class EventHub {
  readonly #bus: Bus;
  readonly #feed: EventFeed;
  readonly #recent: HerdEvent[] = [];
  /** The past is known, or the bus has been waited for long enough. */
  readonly #filled: Promise<void>;
  readonly #waiting = new Set<() => void>();
  /** Events that happened since the past was known. */
  #place = 0;
  #isFilled = false;
  #reads = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
    let fill = () => {};
    this.#filled = new Promise((resolve) => {
      fill = resolve;
    });
    const patience = setTimeout(() => fill(), FILLED_WITHIN_MS);
    this.#feed = followEvents(
      bus,
      { history: MAX_RECENT },
      (event) => this.#happened(event),
      () => {
        clearTimeout(patience);
        this.#isFilled = true;
        fill();
      },
    );
  }

  /** @throws Error when as many readers as are allowed look into the past already. */
  async *events(query: EventQuery): AsyncGenerator<HerdEvent> {
    const { follow, signal } = query;
    await this.#filled;
    let next = this.#place;
    if (this.#isRecent(query)) {
      yield* this.#wanted(query, 0).slice(-query.history || Number.POSITIVE_INFINITY);
    } else {
      const told = new Set<string>();
      for await (const event of this.#past(query)) {
        told.add(JSON.stringify(event));
        yield event;
      }
      // What happened while the past was read was read with it.
      const between = this.#wanted(query, next).filter((event) => !told.has(JSON.stringify(event)));
      next = this.#place;
      if (follow) yield* between;
    }
    while (follow && !signal.aborted) {
      const events = this.#wanted(query, next);
      next = this.#place;
      yield* events;
      if (next === this.#place) await this.#nextEvent(signal);
    }
  }

  close(): Promise<void> {
    return this.#feed.close();
  }

  async *#past(query: EventQuery): AsyncGenerator<HerdEvent> {
    if (this.#reads >= MAX_HISTORY_READS) throw new HistoryBusyError();
    this.#reads += 1;
    try {
      yield* eventsOf(this.#bus, { ...query, follow: false });
    } finally {
      this.#reads -= 1;
    }
  }

  /** Everything that the query wants of the past is kept here. */
  #isRecent({ since, history, stream, kinds }: EventQuery): boolean {
    if (history === 0) return true;
    const [oldest] = this.#recent;
    if (oldest === undefined) return false;
    if (since !== undefined && since > oldest.at) return true;
    const known = this.#wanted({ ...(stream && { stream }), ...(kinds && { kinds }) }, 0);
    return since === undefined && known.length >= history;
  }

  #wanted(query: Partial<Pick<EventQuery, 'since' | 'stream' | 'kinds'>>, fromPlace: number): HerdEvent[] {
    const { since, stream, kinds } = query;
    const first = Math.max(0, this.#recent.length - (this.#place - fromPlace));
    return this.#recent
      .slice(first)
      .filter(
        (event) =>
          (since === undefined || event.at >= since) &&
          (stream === undefined || event.stream === stream) &&
          (kinds === undefined || kinds.includes(event.kind)),
      );
  }

  #happened(event: HerdEvent): void {
    this.#recent.push(event);
    if (this.#recent.length > MAX_RECENT) this.#recent.shift();
    if (!this.#isFilled) return;
    this.#place += 1;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  #nextEvent(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

export class HistoryBusyError extends Error {
  constructor() {
    super(`${MAX_HISTORY_READS} readers of older events are served at once: ask again`);
    this.name = 'HistoryBusyError';
  }
}
