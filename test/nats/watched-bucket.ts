import type { StreamConfig } from '@nats-io/jetstream';
import { headers } from 'nats';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import type { Store } from '../../src/nats/buckets/store.ts';
import type { Bus } from '../../src/nats/connection/bus.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { askJetStream, streamInfo } from '../../src/nats/connection/jetstream-api.ts';
import { keySubject } from '../../src/nats/connection/subjects.ts';
import { eventually } from '../support/eventually.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { ChangeRecorder } from './change-recorder.ts';

/** A bucket that `store` writes and `recorder` watches over connections of their own. */
export async function openWatched(options: { readonly reconcileEveryMs?: number } = {}) {
  const nats = await startNatsServer();
  const connect = (name: string) => connectBus({ servers: [nats.url], name, onStatus: () => {} });
  const [writer, hearer] = [await connect('writer'), await connect('hearer')];
  const store = (await openBuckets(writer, { log: () => {} })).owners;
  const heard = (await openBuckets(hearer, { log: () => {}, ...options })).owners;
  await store.update('cam01', 'begin', 0);
  const recorder = new ChangeRecorder(heard);
  await eventually('current', () => recorder.current);
  return {
    nats,
    writer,
    hearer,
    store,
    heard,
    recorder,
    api: (call: string, body: unknown) => askJetStream(writer, call, body, 2000),
    /** As `nats stream edit` may do: from now on no watch hears anything. */
    silence: async () => {
      const { config } = await streamInfo(writer, 'KV_owners', 2000);
      const { republish: _, ...silent } = config satisfies StreamConfig;
      await askJetStream(writer, 'STREAM.UPDATE.KV_owners', silent, 2000);
    },
    [Symbol.asyncDispose]: async () => {
      await recorder.watch.close();
      await Promise.all([writer.close(), hearer.close()]);
      await nats[Symbol.asyncDispose]();
    },
  };
}

/** JetStream refuses messages when 10,000 of them wait. */
const WRITTEN_AT_ONCE = 1000;

/** Writes keys of the bucket `owners`, and removes every tenth of them. Of many writes the last one alone is answered: each answer costs CPU. */
export async function fill({ connection }: Bus, prefix: string, count: number): Promise<void> {
  const removal = headers();
  removal.set('KV-Operation', 'DEL');
  for (let from = 0; from < count; from += WRITTEN_AT_ONCE) {
    const until = Math.min(from + WRITTEN_AT_ONCE, count);
    for (let index = from; index < until; index += 1) {
      const subject = keySubject('owners', `${prefix}${index}`);
      if (index === until - 1) await connection.request(subject, `value ${index}`, { timeout: 10_000 });
      else connection.publish(subject, `value ${index}`);
      if (index % 10 === 0) connection.publish(subject, '', { headers: removal });
    }
  }
  await connection.flush();
}

/** What the bucket holds, key by key, by another way than the watch's. */
export async function contentOf(store: Store): Promise<[string, string | null][]> {
  const fresh = new ChangeRecorder(store);
  await eventually('filled', () => fresh.current);
  await fresh.watch.close();
  return [...fresh.view].sort();
}
