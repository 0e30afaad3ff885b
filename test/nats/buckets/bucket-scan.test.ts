import * as assert from 'uvu/assert';
import { scanBucket } from '../../../src/nats/buckets/bucket-scan.ts';
import { openBuckets } from '../../../src/nats/buckets/buckets.ts';
import type { Entry, Store } from '../../../src/nats/buckets/store.ts';
import type { Bus } from '../../../src/nats/connection/bus.ts';
import { BusError } from '../../../src/nats/connection/bus-error.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { askJetStream, streamInfo } from '../../../src/nats/connection/jetstream-api.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsCluster, startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/buckets/bucket-scan', { deadlineMs: 60_000 });

async function fill(store: Store, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await store.update(`cam${index}`, `${index}`, 0);
}

async function collect(chunks: AsyncIterable<readonly Entry[]>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const chunk of chunks) entries.push(...chunk);
  return entries;
}

async function problemOf(chunks: AsyncIterable<readonly Entry[]>): Promise<unknown> {
  return collect(chunks).then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function consumersOf(bus: Bus): Promise<number> {
  return (await streamInfo(bus, 'KV_owners', 2000)).state.consumer_count;
}

test('in a cluster it reads from the leader of the bucket, wherever its consumers are placed, and leaves none behind', async () => {
  await using cluster = await startNatsCluster(3);
  await using bus = await connectBus({ servers: [...cluster.urls], name: 'reader', onStatus: () => {} });
  const { owners } = await openBuckets(bus, { log: () => {} });
  await fill(owners, 300);
  await owners.remove('cam7', 8);
  const { cluster: place } = await streamInfo(bus, 'KV_owners', 2000);
  for (let round = 0; round < 5; round += 1) {
    // A new consumer is known to the other nodes only after some time; a scan before that fails, and is repeated.
    const entries = await eventually('a whole scan', () => collect(scanBucket(bus, 'owners', place?.leader)));
    assert.is(entries.length, 300);
    assert.equal(entries.at(-1), { key: 'cam7', revision: 301, text: null });
    assert.equal(entries[0], { key: 'cam0', revision: 1, text: '0' });
  }
  assert.instance(await problemOf(scanBucket(bus, 'owners', 'another node')), BusError);
  await eventually('no consumer is left', async () => (await consumersOf(bus)) === 0);
});

test('values as large as NATS takes are read too, and a scan that is given up leaves no consumer behind', async () => {
  await using nats = await startNatsServer();
  await using bus = await connectBus({ servers: [nats.url], name: 'reader', onStatus: () => {} });
  const { owners } = await openBuckets(bus, { log: () => {} });
  const large = 'x'.repeat(1_000_000);
  for (let index = 0; index < 5; index += 1) await owners.update(`large${index}`, large, 0);
  await fill(owners, 300);
  const entries = await collect(scanBucket(bus, 'owners', undefined));
  assert.is(entries.length, 305);
  assert.ok(entries.slice(0, 5).every(({ text }) => text === large));
  for await (const chunk of scanBucket(bus, 'owners', undefined)) {
    assert.ok(chunk.length < 5, `${chunk.length} MB in one chunk`);
    break;
  }
  await eventually('no consumer is left', async () => (await consumersOf(bus)) === 0);
});

test('a scan whose consumer is taken away fails, and is never taken for whole', async () => {
  await using nats = await startNatsServer();
  await using bus = await connectBus({ servers: [nats.url], name: 'reader', onStatus: () => {} });
  const { owners } = await openBuckets(bus, { log: () => {} });
  await fill(owners, 300);
  const taken = (async function* () {
    for await (const chunk of scanBucket(bus, 'owners', undefined)) {
      const { consumers } = await askJetStream<{ consumers: string[] }>(bus, 'CONSUMER.NAMES.KV_owners', {}, 2000);
      for (const name of consumers) await askJetStream(bus, `CONSUMER.DELETE.KV_owners.${name}`, {}, 2000);
      yield chunk;
    }
  })();
  assert.instance(await problemOf(taken), BusError);
});

test.run();
