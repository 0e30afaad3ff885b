import { headers, type Msg } from 'nats';
import { bucketStream, keySubject, keySubjects } from '../../src/nats/connection/subjects.ts';
import type { Random } from '../support/random.ts';
import type { Bucket } from './bucket.ts';
import type { Copy } from './copy.ts';
import type { HeapClock } from './heap-clock.ts';
import { SimulatedMessage } from './simulated-message.ts';

/** The settings of a consumer that reads a bucket once; the simulation knows no other consumers. */
interface Wanted {
  readonly name: string;
  readonly deliver_policy: string;
  readonly filter_subject: string;
  readonly ack_policy: string;
  /** Nanoseconds. */
  readonly inactive_threshold: number;
}

interface Scan {
  readonly bucket: Bucket;
  readonly copy: Copy;
  readonly era: number;
  /** Up to this revision everything was delivered. */
  revision: number;
  delivered: number;
  usedMs: number;
}

const NO_MORE = 404;

/** Consumers that deliver the last message of every subject, as one node's copy of the stream has it. */
export class Scans {
  readonly #clock: HeapClock;
  readonly #random: Random;
  readonly #scans = new Map<string, Scan>();

  constructor(clock: HeapClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** On one of the stream's nodes, chosen at random. */
  open(bucket: Bucket, name: string, { config }: { readonly config?: unknown }) {
    const wanted = config as Wanted;
    const isKnown =
      wanted.name === name &&
      wanted.deliver_policy === 'last_per_subject' &&
      wanted.filter_subject === keySubjects(bucket.name) &&
      wanted.ack_policy === 'none';
    if (!isKnown) throw new Error(`the simulated JetStream knows no consumer as ${JSON.stringify(config)}`);
    const copy = this.#random.pick(bucket.copies);
    const scan = { bucket, copy, era: bucket.era, revision: 0, delivered: 0, usedMs: this.#clock.nowMs };
    this.#scans.set(name, scan);
    this.#forgetUnused(name, scan, wanted.inactive_threshold / 1e6);
    return { name, cluster: bucket.isCluster ? { leader: copy.node } : undefined };
  }

  close(name: string): void {
    this.#scans.delete(name);
  }

  delivered(name: string): number | undefined {
    return this.#scans.get(name)?.delivered;
  }

  /** `undefined`: there is no such consumer any more. */
  next(bucket: Bucket, name: string, batch: number): readonly Msg[] | undefined {
    const scan = this.#scans.get(name);
    if (scan === undefined || scan.era !== bucket.era) return undefined;
    scan.usedMs = this.#clock.nowMs;
    scan.copy.catchUp(this.#clock.nowMs);
    const left = [...scan.copy.entries.values()].filter(({ revision }) => revision > scan.revision);
    const chunk = left.sort((one, other) => one.revision - other.revision).slice(0, batch);
    const messages: Msg[] = chunk.map(({ key, revision, text }) => {
      scan.revision = revision;
      scan.delivered += 1;
      const reply = `$JS.ACK.${bucketStream(bucket.name)}.${name}.1.${revision}.${scan.delivered}.0.0`;
      const fields = headers();
      if (text === null) fields.set('KV-Operation', 'DEL');
      return new SimulatedMessage(keySubject(bucket.name, key), text ?? '', { headers: fields, reply });
    });
    if (messages.length < batch)
      messages.push(new SimulatedMessage('', '', { headers: headers(NO_MORE, 'No Messages') }));
    return messages;
  }

  #forgetUnused(name: string, scan: Scan, afterMs: number): void {
    this.#clock.after(afterMs, () => {
      if (this.#scans.get(name) !== scan) return;
      if (this.#clock.nowMs - scan.usedMs >= afterMs) this.#scans.delete(name);
      else this.#forgetUnused(name, scan, afterMs);
    });
  }
}
