import { headers, type Msg, type MsgHdrs } from 'nats';
import { bucketStream, changePrefix, keySubject } from '../../src/nats/connection/subjects.ts';
import type { Random } from '../support/random.ts';
import type { Bucket, Landing } from './bucket.ts';
import type { Stored } from './copy.ts';
import type { HeapClock } from './heap-clock.ts';
import { Scans } from './scans.ts';
import { SimulatedMessage } from './simulated-message.ts';

/** A message to JetStream as it arrives there. */
export interface Question {
  readonly host: string;
  readonly subject: string;
  readonly text: string;
  readonly headers: MsgHdrs | undefined;
  reply(message: Msg): void;
}

/** A connection of a client, for what is republished to it. */
export interface Connection {
  readonly host: string;
  hear(subjects: string, message: Msg): void;
  drop(): void;
}

export interface JetStreamParts {
  readonly clock: HeapClock;
  readonly random: Random;
  readonly buckets: Readonly<Record<string, Bucket>>;
}

type Body = Readonly<Record<string, unknown>>;

/** Measured: of the puts that timed out at a frozen leader up to all landed after it thawed, as much as 20 s later. */
export const LATEST_LANDING_MS = 20_000;
const NO_SUCH_MESSAGE = { code: 404, err_code: 10037, description: 'no message found' };
const NO_SUCH_STREAM = { code: 404, err_code: 10059, description: 'stream not found' };
const CONFLICT = { code: 400, err_code: 10071, description: 'wrong last sequence' };
const CONFLICT_IN_FLIGHT = { code: 400, err_code: 10164, description: 'wrong last sequence' };
const NO_RESPONDERS = 503;
const SUBJECTS_A_PAGE = 100_000;
const EXPECTED = 'Nats-Expected-Last-Subject-Sequence';
const WRITE = /^\$KV\.([^.]+)\.(.+)$/;
const CALL = /^\$JS\.API\.([A-Z.]+)\.KV_([^.]+)(?:\.([^.]+))?$/;

/**
 * JetStream as its clients see it, message by message. It knows only the questions of `src/nats`. It stalls while there is no leader,
 * gives answers of a leader that lags or of a former leader, and lets timed-out writes land seconds later.
 */
export class JetStream {
  readonly #clock: HeapClock;
  readonly #random: Random;
  readonly #buckets: Readonly<Record<string, Bucket>>;
  readonly #connections = new Set<Connection>();
  readonly #scans: Scans;
  /** Not every version of nats-server says when a republished message was stored. */
  readonly #tellsTime: boolean;

  constructor({ clock, random, buckets }: JetStreamParts) {
    this.#clock = clock;
    this.#random = random;
    this.#buckets = buckets;
    this.#scans = new Scans(clock, random);
    this.#tellsTime = random.chance(0.5);
    for (const bucket of Object.values(buckets)) {
      bucket.onStored = (stored, previous) => this.#republish(bucket, stored, previous);
    }
  }

  connect(connection: Connection): void {
    this.#connections.add(connection);
  }

  disconnect(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Every client loses its connection, as when nodes are restarted. Each connects again. */
  dropConnections(): void {
    for (const connection of this.#connections) connection.drop();
  }

  ask(question: Question): void {
    const [, written, key] = WRITE.exec(question.subject) ?? [];
    if (written !== undefined && key !== undefined) this.#write(this.#bucket(written), key, question);
    else this.#answer(question);
  }

  #answer(question: Question): void {
    const { subject, text } = question;
    const [, call, name = '', consumer = ''] = CALL.exec(subject) ?? [];
    const bucket = this.#bucket(name);
    const body: Body = text === '' ? {} : JSON.parse(text);
    const on = (...fields: string[]) => {
      const unknown = Object.keys(body).find((field) => !fields.includes(field));
      if (unknown !== undefined) throw new Error(`the simulated JetStream knows no ${unknown} in ${subject}`);
      return body;
    };
    if (call === 'STREAM.CREATE') this.#make(bucket, question);
    else if (!bucket.exists) reply(question, { error: NO_SUCH_STREAM });
    else if (call === 'STREAM.INFO') this.#tellState(bucket, question, on('subjects_filter', 'offset'));
    else if (call === 'STREAM.MSG.GET') this.#get(bucket, question, on('last_by_subj'));
    else if (call === 'STREAM.PURGE') this.#purge(bucket, question, on('filter', 'seq'));
    else if (call === 'CONSUMER.CREATE') {
      const { name: scan, cluster } = this.#scans.open(bucket, consumer, on('stream_name', 'action', 'config'));
      reply(question, { name: scan, ...(cluster && { cluster }) });
    } else if (call === 'CONSUMER.MSG.NEXT')
      this.#next(bucket, consumer, question, on('batch', 'no_wait', 'max_bytes'));
    else if (call === 'CONSUMER.INFO') this.#tellDelivered(consumer, question);
    else if (call === 'CONSUMER.DELETE') this.#scans.close(consumer);
    else throw new Error(`the simulated JetStream does not know ${subject}`);
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets[name];
    if (bucket === undefined) throw new Error(`the simulated JetStream has no bucket ${JSON.stringify(name)}`);
    return bucket;
  }

  #tellState(bucket: Bucket, question: Question, { subjects_filter: filter, offset = 0 }: Body): void {
    const leader = bucket.leaderFor(question.host);
    if (leader === undefined) return;
    const from = Number(offset);
    const keys = filter === undefined ? undefined : [...leader.entries.keys()].slice(from, from + SUBJECTS_A_PAGE);
    const subjects = keys && Object.fromEntries(keys.map((key) => [keySubject(bucket.name, key), 1]));
    reply(question, {
      created: `life ${bucket.life}`,
      state: {
        last_seq: leader.revision,
        last_ts: leader.storedAt,
        num_subjects: leader.entries.size,
        ...(subjects && { subjects }),
      },
      ...(bucket.isCluster && { cluster: { leader: leader.node } }),
    });
  }

  #get(bucket: Bucket, question: Question, { last_by_subj: subject }: Body): void {
    bucket.hasBeenRead();
    const leader = bucket.leaderFor(question.host);
    if (leader === undefined) return;
    const stored = leader.entries.get(String(subject).slice(keySubject(bucket.name, '').length));
    if (stored === undefined) {
      reply(question, { error: NO_SUCH_MESSAGE });
      return;
    }
    const message = {
      subject,
      seq: stored.revision,
      ...(stored.text === null
        ? { hdrs: base64('NATS/1.0\r\nKV-Operation: DEL\r\n\r\n') }
        : { data: base64(stored.text) }),
    };
    reply(question, { message });
  }

  #next(bucket: Bucket, scan: string, question: Question, body: Body): void {
    bucket.hasBeenRead();
    const messages = this.#scans.next(bucket, scan, Number(body.batch));
    if (messages === undefined) question.reply(nobodyListens());
    else for (const message of messages) question.reply(message);
  }

  #tellDelivered(scan: string, question: Question): void {
    const delivered = this.#scans.delivered(scan);
    if (delivered === undefined) question.reply(nobodyListens());
    else reply(question, { delivered: { consumer_seq: delivered } });
  }

  #purge(bucket: Bucket, question: Question, { filter, seq }: Body): void {
    if (!bucket.takesWritesOf(question.host)) return;
    const key = String(filter).slice(keySubject(bucket.name, '').length);
    reply(question, { success: true, purged: bucket.purge(key, Number(seq)) });
  }

  #make(bucket: Bucket, question: Question): void {
    bucket.exists = true;
    reply(question, { created: `life ${bucket.life}` });
  }

  #write(bucket: Bucket, key: string, question: Question): void {
    const write = writeOf(key, question);
    if (!bucket.exists) question.reply(nobodyListens());
    else if (bucket.takesWritesOf(question.host)) this.#store(bucket, write, question);
    else this.#writeStalled(bucket, write, question);
  }

  #store(bucket: Bucket, write: Landing, question: Question): void {
    const stored = bucket.compareAndSet(question.host, write);
    if (stored === 'conflict') reply(question, { error: CONFLICT });
    else reply(question, { stream: bucketStream(bucket.name), seq: stored.revision });
  }

  #writeStalled(bucket: Bucket, write: Landing, question: Question): void {
    const fate = this.#random.next();
    if (fate < 0.35) question.reply(nobodyListens());
    else if (fate < 0.4) reply(question, { error: CONFLICT_IN_FLIGHT });
    else if (fate < 0.7) {
      const { era } = bucket;
      const lateMs =
        Math.max(0, bucket.stalledUntilMs - this.#clock.nowMs) + this.#random.between(0, LATEST_LANDING_MS);
      this.#clock.after(lateMs, () => {
        if (era === bucket.era) bucket.compareAndSet(question.host, write);
      });
    }
  }

  #republish(bucket: Bucket, { key, revision, text, storedAt }: Stored, previous: number): void {
    const fields = headers();
    fields.set('Nats-Stream', bucketStream(bucket.name));
    fields.set('Nats-Sequence', String(revision));
    fields.set('Nats-Last-Sequence', String(previous));
    if (this.#tellsTime) fields.set('Nats-Time-Stamp', storedAt);
    if (text === null) fields.set('KV-Operation', 'DEL');
    const prefix = changePrefix(bucket.name);
    const message = new SimulatedMessage(prefix + key, text ?? '', { headers: fields });
    for (const connection of this.#connections) {
      if (bucket.isHeardBy(connection.host)) connection.hear(`${prefix}>`, message);
    }
  }
}

function reply(question: Question, answer: object): void {
  question.reply(new SimulatedMessage('', JSON.stringify(answer)));
}

function nobodyListens(): Msg {
  return new SimulatedMessage('', '', { headers: headers(NO_RESPONDERS, 'No Responders') });
}

function writeOf(key: string, { subject, text, headers: fields }: Question): Landing {
  const names = fields?.keys() ?? [];
  const unknown = names.find((name) => name !== EXPECTED && name !== 'KV-Operation');
  const operation = fields?.get('KV-Operation') ?? '';
  if (unknown !== undefined || !['', 'DEL'].includes(operation)) {
    throw new Error(`the simulated JetStream knows no ${unknown ?? operation} in ${subject}`);
  }
  const expected = fields?.get(EXPECTED) || undefined;
  return {
    key,
    text: operation === 'DEL' ? null : text,
    expected: expected === undefined ? undefined : Number(expected),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
