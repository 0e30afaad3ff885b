import { type KV, Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from 'nats';
import { formsOf, parseStreamName } from '../../src/domain/definition/stream-name.ts';
import type { HerdEvent, HerdEventKind } from '../../src/domain/herd-event.ts';
import type { VacatedRecord } from '../../src/domain/records/owner-record.ts';
import { eventually } from './eventually.ts';

/** What `where.<stream>` was answered. */
export type Where =
  | { readonly code: 200; readonly server: string; readonly url: string; readonly epoch: number }
  | { readonly code: number; readonly why: string };

/** The words of the record with which a stream is handed back. */
export type HandedBack = Pick<VacatedRecord, 'nextNumber' | 'discontinuities'>;

/** More than one for each of 10,000 definitions. */
const MAX_EVENTS = 50_000;
const ANSWER_TIMEOUT_MS = 2000;
const NEVER_GIVE_UP = { maxReconnectAttempts: -1, reconnectTimeWait: 100, pingInterval: 500, maxPingOut: 4 };

/** The herd's bus as any NATS client sees it. It uses no code of the herd, except for the form of a stream's key. */
export class HerdBus implements AsyncDisposable {
  readonly connection: NatsConnection;
  /** Every event since the start, but for those of an outage of the bus. */
  readonly events: HerdEvent[] = [];

  private constructor(connection: NatsConnection) {
    this.connection = connection;
    connection.subscribe('events.>', {
      callback: (error, message) => {
        if (error === null && this.events.length < MAX_EVENTS) this.events.push(message.json<HerdEvent>());
      },
    });
  }

  static async connect(
    urls: readonly string[],
    login: { readonly user?: string; readonly pass?: string } = {},
  ): Promise<HerdBus> {
    return new HerdBus(await connect({ servers: [...urls], name: 'test', ...login, ...NEVER_GIVE_UP }));
  }

  eventsOf(kind: HerdEventKind, stream?: string): HerdEvent[] {
    return this.events.filter((event) => event.kind === kind && (stream === undefined || event.stream === stream));
  }

  /** Publishes a definition: an object, or a text that may be anything. */
  async put(stream: string, definition: object | string): Promise<void> {
    const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
    await (await this.#definitions()).put(keyOf(stream), text);
  }

  /** Makes the bucket have these definitions and those of `kept`, and no others. A definition that is already as wanted is not written. */
  async define(wanted: ReadonlyMap<string, object>, kept: readonly string[]): Promise<void> {
    const bucket = await this.#definitions();
    const texts = new Map([...wanted].map(([stream, definition]) => [keyOf(stream), JSON.stringify(definition)]));
    const keysKept = new Set(kept.map(keyOf));
    const keys: string[] = [];
    for await (const key of await bucket.keys()) keys.push(key);
    for (const key of keys) if (!texts.has(key) && !keysKept.has(key)) await bucket.delete(key);
    for (const [key, text] of texts) {
      const is = await bucket.get(key);
      if (is?.operation !== 'PUT' || is.string() !== text) await bucket.put(key, text);
    }
  }

  async remove(stream: string): Promise<void> {
    await (await this.#definitions()).delete(keyOf(stream));
  }

  /** Writes the stream's key as an earlier owner left it. */
  async handBack(stream: string, numbers: HandedBack): Promise<void> {
    const why = 'its owner of before has handed it back';
    const record: VacatedRecord = { server: null, session: null, since: new Date().toISOString(), why, ...numbers };
    await (await new Kvm(this.connection).open('owners')).put(keyOf(stream), JSON.stringify(record));
  }

  /** What a server says of itself in the bucket `servers`. */
  async serverRecord(name: string): Promise<{ readonly session: string; readonly beatUrl: string }> {
    const entry = await (await new Kvm(this.connection).open('servers')).get(name);
    if (entry === null) throw new Error(`no record of ${name}`);
    return entry.json<{ session: string; beatUrl: string }>();
  }

  /** @throws Error when no server answers in time. */
  async where(stream: string): Promise<Where> {
    const answer = await this.connection.request(`where.${keyOf(stream)}`, '', { timeout: ANSWER_TIMEOUT_MS });
    const code = Number(answer.headers?.get('Nats-Service-Error-Code') || 200);
    if (code !== 200) return { code, why: answer.headers?.get('Nats-Service-Error') ?? '' };
    return { code, ...answer.json<{ server: string; url: string; epoch: number }>() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }

  /** The first server makes the bucket. */
  async #definitions(): Promise<KV> {
    // After an outage this client may be connected later than all servers, and a message that it sends before that is lost.
    await eventually('NATS answers', () => this.connection.rtt());
    return eventually('the bucket "streams"', () => new Kvm(this.connection).open('streams'));
  }
}

function keyOf(stream: string): string {
  const name = parseStreamName(stream);
  if (name === undefined) throw new RangeError(`"${stream}" is no stream name`);
  return formsOf(name).key;
}
