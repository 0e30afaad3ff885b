import type { StreamConfig } from '@nats-io/jetstream';
import * as assert from 'uvu/assert';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import type { Store } from '../../src/nats/buckets/store.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { askJetStream, streamInfo } from '../../src/nats/connection/jetstream-api.ts';
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

/** Writes keys, sixty-four at a time, and removes every tenth of them. */
export async function fill(store: Store, prefix: string, count: number): Promise<void> {
  let next = 0;
  const writeOn = async () => {
    for (let index = next++; index < count; index = next++) {
      const outcome = await store.update(`${prefix}${index}`, `value ${index}`, 0);
      assert.is(outcome.outcome, 'won');
      if (index % 10 === 0 && outcome.outcome === 'won') await store.remove(`${prefix}${index}`, outcome.revision);
    }
  };
  await Promise.all(Array.from({ length: 64 }, writeOn));
}

/** What the bucket holds, key by key, by another way than the watch's. */
export async function contentOf(store: Store): Promise<[string, string | null][]> {
  const fresh = new ChangeRecorder(store);
  await eventually('filled', () => fresh.current);
  await fresh.watch.close();
  return [...fresh.view].sort();
}
