import type { ConsumerInfo } from '@nats-io/jetstream';
import type { Msg } from 'nats';
import { createInbox } from 'nats';
import { formsOf, parseStreamName } from '../../domain/definition/stream-name.ts';
import type { HerdEvent, HerdEventKind } from '../../domain/herd-event.ts';
import { PROCESS_CLOCK, pause } from '../../host/clock.ts';
import type { Bus } from '../connection/bus.ts';
import { askJetStream, streamInfo } from '../connection/jetstream-api.ts';
import { EVENTS_STREAM, eventSubject } from '../connection/subjects.ts';

export interface FollowOptions {
  /** Only events that were stored at this ISO 8601 time or later. */
  readonly since?: string;
  readonly kinds?: readonly HerdEventKind[];
  readonly stream?: string;
  /** So many of the events that are stored already, the newest; all of them when `since` is given and this is not. */
  readonly history?: number;
}

export interface EventFeed {
  close(): Promise<void>;
}

const API_TIMEOUT_MS = 1000;
const HEARTBEAT_MS = 500;
/** Measured: a consumer whose host dies is replaced 1.6 s later. The library's own would be deaf for 89 s. */
const SILENCE_MS = 1500;
const RETRY_MS = 250;
const FORGET_CONSUMER_MS = 10_000;
const NS_PER_MS = 1e6;
const MAX_HISTORY = 10_000;

/**
 * Follows the event log: first the past events that are asked for, then new ones. Every event once, in the order of the log.
 *
 * It is a push consumer of its own with a short heartbeat, made again where the last one ended when it falls silent.
 */
export function followEvents(
  bus: Bus,
  options: FollowOptions,
  onEvent: (event: HerdEvent) => void,
  /** Everything of the past has been told. */
  onPresent: () => void = () => {},
): EventFeed {
  if (options.since !== undefined && Number.isNaN(Date.parse(options.since))) {
    throw new TypeError(`expected an ISO 8601 time to follow events from, found ${JSON.stringify(options.since)}`);
  }
  return new ConsumerFeed(bus, options, onEvent, onPresent);
}

class ConsumerFeed implements EventFeed {
  readonly #bus: Bus;
  readonly #options: FollowOptions;
  readonly #onEvent: (event: HerdEvent) => void;
  readonly #onPresent: () => void;
  readonly #closed = new AbortController();
  readonly #running: Promise<void>;
  #silence = new AbortController();
  #heardAtMs = 0;
  /** Of the event log: everything up to here was seen. `undefined` before the first consumer. */
  #sequence: number | undefined;
  #created: string | undefined;
  #delivered = 0;
  readonly #historyLimit: number;
  /** Events of the past, until the present is reached; of them the newest are told. `undefined`: tell at once. */
  #past: HerdEvent[] | undefined;

  constructor(bus: Bus, options: FollowOptions, onEvent: (event: HerdEvent) => void, onPresent: () => void) {
    this.#bus = bus;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#onPresent = onPresent;
    this.#historyLimit = Math.min(options.history ?? 0, MAX_HISTORY);
    this.#past = options.history === undefined && options.since !== undefined ? undefined : [];
    this.#running = this.#follow();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#silence.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#closed.signal.aborted && !this.#bus.connection.isClosed()) {
      const inbox = createInbox();
      const silence = new AbortController();
      this.#silence = silence;
      this.#heardAtMs = performance.now();
      this.#delivered = 0;
      const listening = this.#bus.listen(inbox, (message) => {
        if (!silence.signal.aborted) this.#onMessage(message);
      });
      try {
        const consumer = await this.#makeConsumer(inbox);
        await this.#untilSilent();
        void this.#deleteConsumer(consumer);
      } catch {
        // JetStream makes no consumers while it has no leader: the next attempt may find one.
        await pause(PROCESS_CLOCK, RETRY_MS, this.#closed.signal);
      } finally {
        silence.abort();
        listening.close();
      }
    }
  }

  async #makeConsumer(inbox: string): Promise<ConsumerInfo> {
    const { state, created } = await streamInfo(this.#bus, EVENTS_STREAM, API_TIMEOUT_MS);
    // The log was made again: what it has now is all new.
    if (this.#created !== undefined && this.#created !== created) this.#sequence = 0;
    this.#created = created;
    const name = inbox.slice(inbox.lastIndexOf('.') + 1);
    const config = {
      name,
      deliver_subject: inbox,
      ...this.#start(state.last_seq),
      ...(this.#filter() === undefined ? {} : { filter_subject: this.#filter() }),
      ack_policy: 'none',
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: HEARTBEAT_MS * NS_PER_MS,
      inactive_threshold: FORGET_CONSUMER_MS * NS_PER_MS,
      mem_storage: true,
      num_replicas: 1,
    };
    const call = `CONSUMER.CREATE.${EVENTS_STREAM}.${name}`;
    const consumer = await askJetStream<ConsumerInfo>(
      this.#bus,
      call,
      { stream_name: EVENTS_STREAM, config },
      API_TIMEOUT_MS,
    );
    if (consumer.num_pending === 0 && consumer.delivered.consumer_seq === 0) this.#reachPresent();
    return consumer;
  }

  #start(lastSequence: number): object {
    const { since } = this.#options;
    if (this.#sequence === undefined && since !== undefined) {
      return { deliver_policy: 'by_start_time', opt_start_time: new Date(since).toISOString() };
    }
    // With a filter it is not known where the newest ones begin: all that match are read, and the newest kept.
    if (this.#sequence === undefined && this.#historyLimit > 0 && this.#isFiltered) return { deliver_policy: 'all' };
    this.#sequence ??= Math.max(0, lastSequence - this.#historyLimit);
    return { deliver_policy: 'by_start_sequence', opt_start_seq: this.#sequence + 1 };
  }

  get #isFiltered(): boolean {
    return this.#options.kinds !== undefined || this.#options.stream !== undefined;
  }

  #filter(): string | undefined {
    const { kinds, stream } = this.#options;
    const name = stream === undefined ? undefined : parseStreamName(stream);
    // Several kinds are told apart here: one consumer with several filters needs nats-server 2.10.
    const kind = kinds?.length === 1 && kinds[0] !== undefined ? kinds[0] : '*';
    if (name !== undefined) return eventSubject(kind, formsOf(name).key);
    return kind === '*' ? undefined : eventSubject(kind, '>');
  }

  #onMessage(message: Msg): void {
    this.#heardAtMs = performance.now();
    if (message.headers?.code === 100) {
      // A heartbeat, or flow control, which waits for an answer.
      const stalled = message.headers.get('Nats-Consumer-Stalled');
      if (message.reply) this.#bus.publish(message.reply, '');
      else if (stalled) this.#bus.publish(stalled, '');
      const told = Number(message.headers.get('Nats-Last-Consumer') || this.#delivered);
      if (told > this.#delivered) this.#silence.abort();
      return;
    }
    const position = positionOf(message);
    if (position === undefined) return;
    if (position.delivered !== this.#delivered + 1) {
      this.#silence.abort();
      return;
    }
    this.#delivered = position.delivered;
    if (position.sequence > (this.#sequence ?? 0)) this.#take(message);
    this.#sequence = Math.max(this.#sequence ?? 0, position.sequence);
    if (position.pending === 0) this.#reachPresent();
  }

  #take(message: Msg): void {
    const event = parseEvent(message);
    if (event === undefined || !this.#wants(event)) return;
    if (this.#past === undefined) {
      this.#onEvent(event);
      return;
    }
    this.#past.push(event);
    if (this.#past.length > 2 * this.#historyLimit) this.#past.splice(0, this.#past.length - this.#historyLimit);
  }

  #wants({ kind, stream }: HerdEvent): boolean {
    const { kinds, stream: wanted } = this.#options;
    return (kinds === undefined || kinds.includes(kind)) && (wanted === undefined || stream === wanted);
  }

  #reachPresent(): void {
    const past = this.#past ?? [];
    this.#past = undefined;
    for (const event of past.slice(Math.max(0, past.length - this.#historyLimit))) this.#onEvent(event);
    this.#onPresent();
  }

  async #untilSilent(): Promise<void> {
    while (!this.#silence.signal.aborted) {
      const leftMs = this.#heardAtMs + SILENCE_MS - performance.now();
      if (leftMs <= 0) return;
      await pause(PROCESS_CLOCK, leftMs, this.#silence.signal);
    }
  }

  async #deleteConsumer({ name }: ConsumerInfo): Promise<void> {
    // If this fails, NATS removes the consumer after a while.
    await askJetStream(this.#bus, `CONSUMER.DELETE.${EVENTS_STREAM}.${name}`, {}, API_TIMEOUT_MS).catch(
      () => undefined,
    );
  }
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivered>.<time>.<pending>`, with two tokens more of a domain and account. */
function positionOf(message: Msg): { sequence: number; delivered: number; pending: number } | undefined {
  const tokens = message.reply?.split('.') ?? [];
  if (tokens.length < 9) return undefined;
  const at = tokens.length === 9 ? 5 : 7;
  const [sequence, delivered, , pending] = tokens.slice(at).map(Number);
  if (sequence === undefined || delivered === undefined || pending === undefined) return undefined;
  return { sequence, delivered, pending };
}

/** Any client may publish on the subjects of events: a message that is no event is skipped. */
function parseEvent(message: Msg): HerdEvent | undefined {
  try {
    const event = message.json<Partial<HerdEvent> | null>();
    return typeof event?.kind === 'string' && typeof event.at === 'string' ? (event as HerdEvent) : undefined;
  } catch {
    return undefined;
  }
}
