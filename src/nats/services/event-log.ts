import { formsOf, parseStreamName } from '../../domain/definition/stream-name.ts';
import type { HerdEvent } from '../../domain/herd-event.ts';
import { PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Bus } from '../connection/bus.ts';
import { reasonOf } from '../connection/bus-error.ts';
import { publishStored } from '../connection/jetstream-api.ts';
import { eventSubject, serverKey } from '../connection/subjects.ts';

/** Publishes events. It never waits and never throws, because captures are more important than events. */
export interface EventLog {
  publish(event: HerdEvent): void;
  /** Events that were dropped because the bus was away for too long. */
  readonly dropped: number;
  /** Events that wait to be stored. */
  readonly pending: number;
  /** Waits so long for pending events to be stored. */
  close(graceMs?: number): Promise<void>;
}

export interface EventLogOptions {
  readonly log: (line: string) => void;
  readonly maxPending?: number;
}

/** An event has ~300 bytes: 3 MB, enough for every stream of a large herd to move twice while JetStream elects. */
const MAX_PENDING = 10_000;
const MAX_EVENT_BYTES = 64 * 1024;
const PUBLISHES_IN_FLIGHT = 32;
const PUBLISH_TIMEOUT_MS = 2000;
const RETRY_MS = 500;
const CLOSE_GRACE_MS = 1000;

interface Pending {
  readonly subject: string;
  readonly text: string;
  /** The same at every attempt: JetStream stores it once, however often it is sent. */
  readonly id: string;
}

export function openEventLog(bus: Bus, options: EventLogOptions): EventLog {
  return new QueuedEventLog(bus, options);
}

class QueuedEventLog implements EventLog {
  dropped = 0;
  readonly #bus: Bus;
  readonly #options: EventLogOptions;
  readonly #queue: Pending[] = [];
  readonly #runId = crypto.randomUUID();
  #count = 0;
  #publishing: Promise<void> | undefined;
  #closing = new AbortController();
  #troubled = false;

  constructor(bus: Bus, options: EventLogOptions) {
    this.#bus = bus;
    this.#options = options;
  }

  get pending(): number {
    return this.#queue.length;
  }

  publish(event: HerdEvent): void {
    const text = JSON.stringify(event);
    if (this.#closing.signal.aborted || Buffer.byteLength(text) > MAX_EVENT_BYTES) {
      this.#drop(1, 'it is too large or comes after the end');
      return;
    }
    this.#queue.push({ subject: subjectOf(event), text, id: `${this.#runId}-${this.#count++}` });
    const excess = this.#queue.length - (this.#options.maxPending ?? MAX_PENDING);
    if (excess > 0) {
      this.#queue.splice(0, excess);
      this.#drop(excess, 'the bus has been away for too long');
    }
    this.#publishing ??= this.#publishAll().finally(() => {
      this.#publishing = undefined;
    });
  }

  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    const timer = setTimeout(() => this.#closing.abort(), graceMs);
    await this.#publishing;
    clearTimeout(timer);
    this.#closing.abort();
  }

  async #publishAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#closing.signal.aborted) {
      const batch = this.#queue.slice(0, PUBLISHES_IN_FLIGHT);
      const failures = await Promise.all(batch.map((event) => this.#publishOne(event)));
      const stored = new Set(batch.filter((_, index) => failures[index] === undefined));
      const kept = this.#queue.filter((event) => !stored.has(event));
      this.#queue.splice(0, this.#queue.length, ...kept);
      const failure = failures.find((why) => why !== undefined);
      this.#tellTrouble(failure);
      if (failure !== undefined) await pause(PROCESS_CLOCK, RETRY_MS, this.#closing.signal);
    }
  }

  async #publishOne({ subject, text, id }: Pending): Promise<string | undefined> {
    try {
      await publishStored(this.#bus, subject, text, { 'Nats-Msg-Id': id }, PUBLISH_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Once when it begins and once when it ends. */
  #tellTrouble(why: string | undefined): void {
    if ((why !== undefined) === this.#troubled) return;
    this.#troubled = why !== undefined;
    this.#options.log(why === undefined ? 'events are stored again' : `events wait to be stored: ${why}`);
  }

  #drop(count: number, why: string): void {
    if (this.dropped === 0) this.#options.log(`events are dropped: ${why}`);
    this.dropped += count;
  }
}

function subjectOf(event: HerdEvent): string {
  const stream = event.stream === undefined ? undefined : parseStreamName(event.stream);
  return eventSubject(
    event.kind,
    stream === undefined ? serverKey(event.subject ?? event.server) : formsOf(stream).key,
  );
}
