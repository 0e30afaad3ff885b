import * as assert from 'uvu/assert';
import { openBuckets } from '../../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';
import { storeContract } from '../store-contract.ts';

const test = suite('nats/buckets/jetstream-store');

async function openPair() {
  const nats = await startNatsServer();
  const connect = (name: string) => connectBus({ servers: [nats.url], name, onStatus: () => {} });
  const [one, other] = [await connect('s01'), await connect('s02')];
  const [first, second] = await Promise.all([
    openBuckets(one, { log: () => {} }),
    openBuckets(other, { log: () => {} }),
  ]);
  return {
    one: first.owners,
    other: second.owners,
    bus: one,
    nats,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([one.close(), other.close()]);
      await nats[Symbol.asyncDispose]();
    },
  };
}

storeContract(test, openPair);

test('any KV client of NATS reads and writes the bucket, and the keys that it removes are removed', async () => {
  await using pair = await openPair();
  const { Kvm } = await import('@nats-io/kv');
  const kv = await new Kvm(pair.bus.connection).open('owners');
  await pair.one.update('cam01', 'a', 0);
  assert.is((await kv.get('cam01'))?.string(), 'a');
  await pair.one.remove('cam01', 1);
  assert.is((await kv.get('cam01'))?.operation, 'DEL');
  await kv.put('cam01', 'b');
  assert.equal(await pair.one.read('cam01'), { key: 'cam01', revision: 3, text: 'b' });
  await kv.delete('cam01');
  assert.equal(await pair.one.read('cam01'), { key: 'cam01', revision: 4, text: null });
  assert.match(await kv.purge('cam01').then(() => 'purged', String), 'rollup not permitted');
});

test('without an answer a write is unknown and a read throws, and neither waits for a connection that is gone', async () => {
  await using pair = await openPair();
  await pair.nats.stop();
  await hasNoAnswer(pair.one);
});

test('a bucket that was deleted answers writes with unknown and reads with an error', async () => {
  await using pair = await openPair();
  await pair.bus.request('$JS.API.STREAM.DELETE.KV_owners', '', { timeoutMs: 2000 });
  await hasNoAnswer(pair.one);
});

async function hasNoAnswer(store: Awaited<ReturnType<typeof openPair>>['one']): Promise<void> {
  assert.is((await store.update('cam01', 'a', 0)).outcome, 'unknown');
  const read = await store.read('cam01').catch((error: Error) => error.name);
  assert.is(read, 'BusError');
}

test.run();
