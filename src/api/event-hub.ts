import type { HerdEvent } from '../domain/herd-event.ts';
import type { EventQuery } from '../http/api/herd-api.ts';
import type { Bus } from '../nats/connection/bus.ts';
import { type EventFeed, followEvents } from '../nats/services/event-feed.ts';
import { eventsOf } from './event-iteration.ts';

/** The newest events, kept for all readers. An event has about 300 bytes. */
const MAX_RECENT = 2000;
/** Readers that look further back at once: each is a consumer of the event log. */
const MAX_HISTORY_READS = 8;
/** A bus that does not answer is waited for so long, once. */
const FILLED_WITHIN_MS = 3000;
const EVER = Number.NEGATIVE_INFINITY;

/**
 * The event log for any number of readers: one consumer follows it, the newest events are kept here, and only older events
 * are read from the log again.
 */
export class EventHub {
  readonly #bus: Bus;
  readonly #feed: EventFeed;
  readonly #maxRecent: number;
  readonly #recent: HerdEvent[] = [];
  /** The past is known, or the bus has been waited for long enough. */
  readonly #filled: Promise<void>;
  readonly #waiting = new Set<() => void>();
  /** Readers that wait for their turn to look into the past. */
  readonly #turns = new Set<() => void>();
  /** How many events have happened since the past was read. */
  #place = 0;
  #isFilled = false;
  #reads = 0;

  constructor(bus: Bus, maxRecent = MAX_RECENT) {
    this.#bus = bus;
    this.#maxRecent = maxRecent;
    let fill = () => {};
    this.#filled = new Promise((resolve) => {
      fill = resolve;
    });
    const patience = setTimeout(() => fill(), FILLED_WITHIN_MS);
    this.#feed = followEvents(
      bus,
      { history: maxRecent },
      (event) => this.#happened(event),
      () => {
        clearTimeout(patience);
        this.#isFilled = true;
        fill();
      },
    );
  }

  /** The past events that the query wants, and with `follow` the new ones, until its signal. */
  async *events(query: EventQuery): AsyncGenerator<HerdEvent> {
    const { follow, signal } = query;
    await this.#filled;
    let next = this.#place;
    if (this.#isRecent(query)) {
      yield* this.#wanted(query, EVER).slice(-query.history || Number.POSITIVE_INFINITY);
    } else {
      const told = new Set<string>();
      for await (const event of this.#past(query)) {
        told.add(JSON.stringify(event));
        yield event;
      }
      // Events that happened while the past was read are part of what was read.
      const between = this.#wanted(query, next).filter((event) => !told.has(JSON.stringify(event)));
      next = this.#place;
      if (follow) yield* between;
    }
    while (follow && !signal.aborted) {
      const events = this.#wanted(query, next);
      next = this.#place;
      yield* events;
      if (next === this.#place) await woken(this.#waiting, signal);
    }
  }

  /** Readers that have heard everything, and wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  close(): Promise<void> {
    return this.#feed.close();
  }

  async *#past(query: EventQuery): AsyncGenerator<HerdEvent> {
    while (this.#reads >= MAX_HISTORY_READS && !query.signal.aborted) await woken(this.#turns, query.signal);
    if (query.signal.aborted) return;
    this.#reads += 1;
    try {
      yield* eventsOf(this.#bus, { ...query, follow: false });
    } finally {
      this.#reads -= 1;
      wakeAll(this.#turns);
    }
  }

  /** Everything that the query wants of the past is kept here. */
  #isRecent({ since, history, stream, kinds }: EventQuery): boolean {
    const isWholeLog = this.#isFilled && this.#recent.length < this.#maxRecent;
    if (history === 0 || isWholeLog) return true;
    const [oldest] = this.#recent;
    if (oldest === undefined) return false;
    if (since !== undefined && since > oldest.at) return true;
    const known = this.#wanted({ ...(stream && { stream }), ...(kinds && { kinds }) }, EVER);
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
    if (this.#recent.length > this.#maxRecent) this.#recent.shift();
    if (!this.#isFilled) return;
    this.#place += 1;
    wakeAll(this.#waiting);
  }
}

function wakeAll(sleepers: Set<() => void>): void {
  const all = [...sleepers];
  sleepers.clear();
  for (const wake of all) wake();
}

/** Resolves when `sleepers` are woken, or with the signal. */
function woken(sleepers: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      sleepers.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    sleepers.add(wake);
    signal.addEventListener('abort', wake);
  });
}
