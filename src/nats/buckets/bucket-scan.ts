import { randomUUID } from 'node:crypto';
import type { ConsumerInfo } from '@nats-io/jetstream';
import type { Msg } from 'nats';
import type { Bus } from '../connection/bus.ts';
import { BusError } from '../connection/bus-error.ts';
import { askJetStream } from '../connection/jetstream-api.ts';
import { bucketStream, isRemoval, keySubject, keySubjects } from '../connection/subjects.ts';
import type { Entry } from './store.ts';

/** Measured: 75,000 keys a second; one chunk occupies the thread for 1 to 3 ms. */
const CHUNK = 256;
/** A bound in bytes: a definition may be as large as a NATS message, and a chunk must not hold 256 of that size. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** JetStream places a consumer at random on a node that has the bucket. With so many tries and three copies one scan in 700 fails to reach the leader. */
const MAX_PLACEMENTS = 16;
const TIMEOUT_MS = 1500;
/** The NATS server removes the consumer of a scan that was given up after this time. */
const FORGOTTEN_AFTER_NS = 10e9;
const NO_MORE = 404;

/**
 * Reads the last revision of every key, removed ones too, in the order of revisions, through a consumer that lives as long as the scan.
 * It must be on the node of the stream's leader: a copy elsewhere may lack what was acknowledged, and a comparison with it
 * proves nothing. The chunks are no snapshot: what is written meanwhile may be among them, and what it overwrote is not.
 *
 * Rejected: a direct get of many (`multi_last` gives at most 1,024 subjects, and any copy may answer without saying which);
 * the list of deleted revisions in the stream's state (grows with all that was ever written); one question a key (4,000 a second).
 *
 * @throws BusError when there is no way to the leader, or an answer is missing.
 */
export async function* scanBucket(bus: Bus, bucket: string, leader: string | undefined): AsyncGenerator<Entry[]> {
  const stream = bucketStream(bucket);
  const consumer = await openAtLeader(bus, bucket, leader);
  let delivered = 0;
  let batch = CHUNK;
  try {
    for (;;) {
      const limit = batch === 1 ? {} : { max_bytes: CHUNK_BYTES };
      const pull = JSON.stringify({ batch, no_wait: true, ...limit });
      const messages = await bus.collect(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, pull, {
        timeoutMs: TIMEOUT_MS,
        isLast: (message, count) => statusOf(message) !== 0 || count === batch,
      });
      const status = statusOf(messages.at(-1));
      if (status !== 0) messages.pop();
      for (const message of messages) {
        delivered += 1;
        if (positionOf(message).delivered !== delivered) throw new BusError('a part of a scan was lost');
      }
      if (messages.length > 0) yield messages.map((message) => entryOf(bucket, message));
      if (status === NO_MORE) {
        await expectDelivered(bus, stream, consumer, delivered);
        return;
      }
      // Short of the end without a message: the next one alone is larger than a chunk.
      if (messages.length === 0 && batch === 1) throw new BusError(`a scan of ${bucket} ended with status ${status}`);
      batch = messages.length === 0 ? 1 : CHUNK;
    }
  } finally {
    discard(bus, stream, consumer);
  }
}

async function openAtLeader(bus: Bus, bucket: string, leader: string | undefined): Promise<string> {
  const stream = bucketStream(bucket);
  for (let attempt = 0; attempt < MAX_PLACEMENTS; attempt += 1) {
    const name = `herd-${randomUUID()}`;
    const info = await askJetStream<ConsumerInfo>(
      bus,
      `CONSUMER.CREATE.${stream}.${name}`,
      {
        stream_name: stream,
        action: 'create',
        config: {
          name,
          deliver_policy: 'last_per_subject',
          filter_subject: keySubjects(bucket),
          ack_policy: 'none',
          replay_policy: 'instant',
          mem_storage: true,
          num_replicas: 1,
          inactive_threshold: FORGOTTEN_AFTER_NS,
        },
      },
      TIMEOUT_MS,
    );
    // A server that is no cluster has no choice, and some versions of it name a leader all the same.
    if (info.cluster === undefined || info.cluster.leader === leader) return name;
    discard(bus, stream, name);
  }
  throw new BusError(`no scan of ${bucket} came to its leader ${leader}`);
}

/** The end may arrive although messages before it were lost. */
async function expectDelivered(bus: Bus, stream: string, consumer: string, count: number): Promise<void> {
  const info = await askJetStream<ConsumerInfo>(bus, `CONSUMER.INFO.${stream}.${consumer}`, {}, TIMEOUT_MS);
  if (info.delivered.consumer_seq !== count) throw new BusError('the end of a scan was lost');
}

function discard(bus: Bus, stream: string, consumer: string): void {
  bus.publish(`$JS.API.CONSUMER.DELETE.${stream}.${consumer}`, '');
}

/** 0: a message of the bucket. */
function statusOf(message: Msg | undefined): number {
  return message?.headers?.code ?? 0;
}

/** From `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<revision>.<delivered>.<time>.<pending>`. */
function positionOf({ reply = '' }: Msg): { readonly revision: number; readonly delivered: number } {
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 5 : 7;
  const [revision, delivered] = [Number(tokens[at]), Number(tokens[at + 1])];
  if (!Number.isSafeInteger(revision) || !Number.isSafeInteger(delivered)) {
    throw new BusError(`JetStream says ${JSON.stringify(reply)} where a revision was expected`);
  }
  return { revision, delivered };
}

function entryOf(bucket: string, message: Msg): Entry {
  return {
    key: message.subject.slice(keySubject(bucket, '').length),
    revision: positionOf(message).revision,
    text: isRemoval((name) => message.headers?.get(name)) ? null : message.string(),
  };
}
