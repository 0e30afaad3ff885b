import type { Msg, MsgHdrs, NatsConnection, Payload } from 'nats';
import { type Clock, every } from '../../src/host/clock.ts';
import type { Bus, BusStatus, CollectOptions, Listening, RequestOptions } from '../../src/nats/connection/bus.ts';
import { BusError } from '../../src/nats/connection/bus-error.ts';
import type { Random } from '../support/random.ts';
import type { Connection, JetStream, Question } from './jetstream.ts';
import type { Machine, Owner } from './machine.ts';
import type { Network } from './network.ts';

/** What a planted fault may change on the way. */
export interface BusTampering {
  asked?(question: Question): Question;
  answered?(question: Question, message: Msg): Msg;
  /** `undefined`: it is not heard. */
  heard?(host: string, message: Msg): Msg | undefined;
}

export interface BusParts {
  readonly machine: Machine;
  readonly clock: Clock;
  readonly network: Network;
  readonly jetstream: JetStream;
  readonly random: Random;
  readonly tampering: BusTampering;
  /** The connection belongs to the warden: it lives on when the process ends. */
  readonly isWardens?: boolean;
}

/** As `src/nats/connection/connection.ts` has it: a connection is lost with the third ping in a row that is not answered. */
const PING_EVERY_MS = 500;
const MAX_PINGS_OUT = 2;
/** Otherwise NATS closes the connection, and the client notices it at once. */
const SILENT = 0.5;
const NO_RESPONDERS = 503;
const SERVER = 'nats:4222';
/** One error for all attempts: there are hundreds a second, and to make a stack takes time. */
const NO_CONNECTION = new BusError('no connection to NATS');

/**
 * The connection of one process to NATS. Messages of the process go through the network to JetStream. Messages to a stopped process wait
 * until it runs again, and are dropped when it ends. A connection that was lost and made again has missed the messages in between.
 */
export class SimulatedBus implements Bus, Connection {
  readonly host: string;
  connected = true;
  trouble: string | undefined;
  readonly #parts: BusParts;
  readonly #owner: Owner;
  readonly #listeners = new Map<string, Set<(message: Msg) => void>>();
  readonly #followers = new Set<(status: BusStatus) => void>();
  readonly #inFlight = new Set<(error: BusError) => void>();
  readonly #feedOrder = { lastMs: 0 };
  /** Counts the connections: messages on their way to an earlier one are lost. */
  #number = 1;
  #isDropped = false;
  #pingsOut = 0;
  #endPings: () => void;
  #takesPart: boolean | undefined;

  constructor(parts: BusParts) {
    this.#parts = parts;
    this.host = parts.machine.name;
    this.#owner = parts.isWardens ? 'warden' : parts.machine.generation;
    parts.jetstream.connect(this);
    this.#endPings = every(parts.clock, PING_EVERY_MS, () => this.#ping());
  }

  get connection(): NatsConnection {
    throw new Error('the simulation has no NatsConnection');
  }

  async request(subject: string, payload: Payload, { timeoutMs, headers }: RequestOptions): Promise<Msg> {
    const [message] = await this.#ask(subject, payload, headers, { timeoutMs, isLast: () => true });
    if (message === undefined) throw new Error('an answer without a message');
    return message;
  }

  collect(subject: string, payload: Payload, options: CollectOptions): Promise<Msg[]> {
    return this.#ask(subject, payload, undefined, options);
  }

  publish(subject: string, payload: Payload, headers?: MsgHdrs): boolean {
    if (!this.connected) return false;
    this.#send(this.#question(subject, payload, headers, () => undefined));
    return true;
  }

  listen(subject: string, handler: (message: Msg) => void): Listening {
    const handlers = this.#listeners.get(subject) ?? new Set();
    this.#listeners.set(subject, handlers.add(handler));
    return { close: () => handlers.delete(handler) };
  }

  follow(listener: (status: BusStatus) => void): () => void {
    this.#followers.add(listener);
    return () => this.#followers.delete(listener);
  }

  flush(): Promise<void> {
    throw new Error('the simulation does not flush');
  }

  async close(): Promise<void> {
    this.#endPings();
    this.connected = false;
    this.#listeners.clear();
    this.#parts.jetstream.disconnect(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  hear(subjects: string, message: Msg): void {
    const { network, tampering } = this.#parts;
    const handlers = this.#listeners.get(subjects);
    if (handlers === undefined || this.#isDropped || !this.connected || network.isDeaf(this.host)) return;
    this.#carry(this.#feedOrder, () => {
      const heard = tampering.heard === undefined ? message : tampering.heard(this.host, message);
      if (heard !== undefined) for (const handler of handlers) handler(heard);
    });
  }

  drop(): void {
    if (this.#isDropped || !this.connected) return;
    this.#isDropped = true;
    this.#number += 1;
    this.#parts.machine.message(() => this.#lost(), this.#owner);
  }

  #ping(): void {
    const lives = this.#lives();
    if (!this.connected) {
      if (lives) this.#isBack();
    } else if (lives) this.#pingsOut = 0;
    else {
      this.#pingsOut += 1;
      const isNoticed = this.#pingsOut === 1 && !this.#parts.random.chance(SILENT);
      if (isNoticed || this.#pingsOut > MAX_PINGS_OUT) this.#lost();
    }
  }

  /** If only JetStream is away, the node that this client is connected to may be up or down: chance decides once in each outage. */
  #lives(): boolean {
    const { network, random } = this.#parts;
    if (!network.hasBus(this.host)) return false;
    if (network.hearsJetStream(this.host)) {
      this.#takesPart = undefined;
      return true;
    }
    this.#takesPart ??= random.chance(0.5);
    return !this.#takesPart;
  }

  #lost(): void {
    if (!this.connected) return;
    this.connected = false;
    this.#isDropped = false;
    this.#pingsOut = 0;
    this.#number += 1;
    this.trouble = `the connection to NATS at ${SERVER} is lost`;
    for (const fail of [...this.#inFlight]) fail(new BusError('the connection to NATS broke before an answer came'));
    this.#tell({ type: 'disconnected', server: SERVER });
  }

  #isBack(): void {
    this.connected = true;
    this.trouble = undefined;
    this.#tell({ type: 'connected', server: SERVER });
  }

  #tell(status: BusStatus): void {
    for (const listener of this.#followers) listener(status);
  }

  #ask(
    subject: string,
    payload: Payload,
    headers: MsgHdrs | undefined,
    { timeoutMs, isLast }: CollectOptions,
  ): Promise<Msg[]> {
    if (!this.connected) return Promise.reject(NO_CONNECTION);
    const { clock, tampering } = this.#parts;
    return new Promise((resolve, reject) => {
      const messages: Msg[] = [];
      const end = () => {
        this.#inFlight.delete(fail);
        clock.clearTimeout(timer);
      };
      const fail = (error: BusError) => {
        end();
        reject(error);
      };
      const timer = clock.setTimeout(
        () => fail(new BusError(`no answer to ${subject} within ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#inFlight.add(fail);
      const question: Question = this.#question(subject, payload, headers, (told) => {
        const message = tampering.answered?.(question, told) ?? told;
        if (message.headers?.code === NO_RESPONDERS) {
          fail(new BusError(`no subscriber on ${subject}`, { nobodyListens: true }));
          return;
        }
        messages.push(message);
        if (!isLast(message, messages.length)) return;
        end();
        resolve(messages);
      });
      this.#send(question);
    });
  }

  #question(subject: string, payload: Payload, headers: MsgHdrs | undefined, take: (message: Msg) => void): Question {
    if (typeof payload !== 'string') throw new Error('the simulation carries text only');
    const order = { lastMs: 0 };
    const reply = (message: Msg) => this.#carry(order, () => take(message));
    return { host: this.host, subject, text: payload, headers, reply };
  }

  #send(question: Question): void {
    const { network, jetstream, tampering } = this.#parts;
    if (this.#isDropped) return;
    if (network.isCut(`owners of ${this.host}`) && question.subject.startsWith('$KV.owners.')) return;
    network.toJetStream(this.host, () => jetstream.ask(tampering.asked?.(question) ?? question));
  }

  /** To this process, while this connection lasts. */
  #carry(order: { lastMs: number }, take: () => void): void {
    const number = this.#number;
    this.#parts.network.fromJetStream(this.host, order, () =>
      this.#parts.machine.message(() => {
        if (number === this.#number) take();
      }, this.#owner),
    );
  }
}
