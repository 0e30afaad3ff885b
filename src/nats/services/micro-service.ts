import { randomBytes } from 'node:crypto';
import { headers, type Msg, type Subscription } from 'nats';
import { scrubText } from '../../domain/text/secrets.ts';
import type { Bus } from '../connection/bus.ts';

/**
 * A NATS micro service, of which this project needs the wire and nothing more: a queue group that answers, and
 * `$SRV.PING|INFO|STATS`, by which `nats micro ls`, `info` and `stats` find it.
 *
 * Rejected: `@nats-io/services`, which exists as a prerelease only and asks for another version of the client.
 */
export interface MicroServiceOptions {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  /** Semantic version. */
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly endpoint: MicroEndpoint;
  /** It ended although it was not closed: its subjects are forbidden by the bus. */
  readonly onStopped: (why: string) => void;
}

export interface MicroEndpoint {
  readonly name: string;
  readonly subject: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** What it throws is answered with code 500. */
  readonly answer: (subject: string) => MicroAnswer;
}

export type MicroAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: number; readonly why: string; readonly text: string };

export interface MicroService {
  close(): Promise<void>;
}

const QUEUE = 'q';
const TYPE = 'io.nats.micro.v1.';
const VERBS = ['PING', 'INFO', 'STATS'] as const;
type Verb = (typeof VERBS)[number];
const NS_PER_MS = 1e6;
/** The thrown error goes only into the statistics, which operators read; viewers, which ask `where`, do not see it. */
const FAILED = 'the server failed to answer';

/**
 * The client that asks chooses the subject of the answer, and this server publishes the answer with its own rights. A client that may
 * ask `where.>` and nothing else could name `$JS.API.STREAM.PURGE.KV_owners` and have a bucket emptied. So answers go to
 * inboxes alone: `_INBOX…`, or what NATS makes of one on its way between accounts (`_R_…`). No interface of NATS and
 * of the herd that does anything begins with `_`.
 */
export function isInbox(subject: string | undefined): subject is string {
  return subject !== undefined && /^_[A-Za-z0-9_]/.test(subject);
}

/** Resolves when the bus knows all its subscriptions. */
export async function serveMicro(bus: Bus, options: MicroServiceOptions): Promise<MicroService> {
  const service = new Service(bus, options);
  await bus.flush();
  return { close: () => service.close() };
}

class Service {
  readonly #bus: Bus;
  readonly #options: MicroServiceOptions;
  readonly #id = randomBytes(11).toString('hex');
  readonly #started = new Date().toISOString();
  readonly #subscriptions: readonly Subscription[];
  readonly #figures = { num_requests: 0, num_errors: 0, processing_time: 0, last_error: '' };
  #isOver = false;

  constructor(bus: Bus, options: MicroServiceOptions) {
    this.#bus = bus;
    this.#options = options;
    const { name, endpoint } = options;
    const control = VERBS.flatMap((verb) =>
      [`$SRV.${verb}`, `$SRV.${verb}.${name}`, `$SRV.${verb}.${name}.${this.#id}`].map((subject) =>
        this.#listen(subject, (message) => this.#respond(message, JSON.stringify(this.#about(verb)))),
      ),
    );
    this.#subscriptions = [...control, this.#listen(endpoint.subject, (message) => this.#serve(message), QUEUE)];
  }

  async close(): Promise<void> {
    this.#isOver = true;
    if (this.#bus.connection.isClosed()) return;
    await Promise.allSettled(this.#subscriptions.map((subscription) => subscription.drain()));
  }

  #listen(subject: string, handle: (message: Msg) => void, queue?: string): Subscription {
    return this.#bus.connection.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (error === null) handle(message);
        else this.#stopped(`${subject}: ${error.message}`);
      },
    });
  }

  #stopped(why: string): void {
    if (this.#isOver || this.#bus.connection.isClosed()) return;
    void this.close();
    this.#options.onStopped(why);
  }

  #serve(message: Msg): void {
    const began = performance.now();
    try {
      const answer = this.#options.endpoint.answer(message.subject);
      if (answer.ok) this.#respond(message, answer.text);
      else this.#refuse(message, answer.code, answer.why, answer.text);
    } catch (error) {
      this.#figures.num_errors++;
      this.#figures.last_error = scrubText(error instanceof Error ? error.message : String(error));
      this.#refuse(message, 500, FAILED, JSON.stringify({ error: FAILED, code: 500 }));
    }
    this.#figures.num_requests++;
    this.#figures.processing_time += Math.round((performance.now() - began) * NS_PER_MS);
  }

  /** The reason goes into a header, which holds one line, and into the body for clients that read that. */
  #refuse(message: Msg, code: number, why: string, text: string): void {
    if (!isInbox(message.reply)) return;
    const told = headers();
    told.set('Nats-Service-Error-Code', String(code));
    told.set('Nats-Service-Error', oneLine(why));
    this.#bus.publish(message.reply, text, told);
  }

  #respond(message: Msg, text: string): void {
    if (isInbox(message.reply)) this.#bus.publish(message.reply, text);
  }

  #about(verb: Verb): object {
    const { name, version, description, metadata, endpoint } = this.#options;
    const identity = { type: `${TYPE}${verb.toLowerCase()}_response`, name, id: this.#id, version, metadata };
    if (verb === 'PING') return identity;
    const { name: endpointName, subject, metadata: endpointMetadata } = endpoint;
    const served = { name: endpointName, subject, queue_group: QUEUE };
    if (verb === 'INFO') return { ...identity, description, endpoints: [{ ...served, metadata: endpointMetadata }] };
    const { num_requests: requests, processing_time: spent } = this.#figures;
    const average = requests === 0 ? 0 : Math.round(spent / requests);
    const stats = { ...served, ...this.#figures, average_processing_time: average };
    return { ...identity, started: this.#started, endpoints: [stats] };
  }
}

function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a header must not hold them.
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ');
}
