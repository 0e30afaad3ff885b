import * as assert from 'uvu/assert';
import { bucketConfig } from '../../src/nats/buckets/bucket-config.ts';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import { JetStreamStore } from '../../src/nats/buckets/jetstream-store.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { askJetStream } from '../../src/nats/connection/jetstream-api.ts';
import { eventually } from '../support/eventually.ts';
import { startNatsCluster } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';
import { ChangeRecorder } from './change-recorder.ts';

const test = suite('nats/buckets-cluster', { deadlineMs: 60_000 });

test('a cluster of fewer than three JetStream nodes gets one copy, and the log says so', async () => {
  await using cluster = await startNatsCluster(2);
  const lines: string[] = [];
  await using bus = await connectBus({ servers: cluster.urls, name: 's01', onStatus: () => {} });
  const buckets = await openBuckets(bus, { log: (line) => lines.push(line), peersWaitMs: 0 });
  assert.is(buckets.replicas, 1);
  assert.match(lines.join('\n'), 'fewer than 3 NATS servers run JetStream');
  assert.is((await buckets.owners.update('cam01', 'one copy', 0)).outcome, 'won');
  const again = await openBuckets(bus, { log: (line) => lines.push(line) });
  assert.is(again.replicas, 1);
});

test('buckets of one copy get three when the cluster has grown, while a watch goes on', async () => {
  await using cluster = await startNatsCluster(3);
  const join = () => connectBus({ servers: cluster.urls, name: 's01', onStatus: () => {} });
  await using one = await join();
  await using other = await join();
  await eventually('made', () =>
    askJetStream(one, 'STREAM.CREATE.KV_owners', { ...bucketConfig('owners'), num_replicas: 1 }, 2000).then(() => true),
  );
  const store = new JetStreamStore(one, 'owners');
  const recorder = new ChangeRecorder(store);
  await eventually('written', async () => (await store.update('cam01', 'one copy', 0)).outcome !== 'unknown');
  const lines: string[] = [];
  const opened = await Promise.all([one, other].map((bus) => openBuckets(bus, { log: (line) => lines.push(line) })));
  assert.equal(
    opened.map(({ replicas }) => replicas),
    [3, 3],
  );
  assert.match(lines.join('\n'), 'KV_owners: now 3 copies, was 1');
  await eventually('written', async () => (await store.update('cam02', 'three copies', 0)).outcome !== 'unknown');
  await eventually('heard', () => recorder.view.get('cam02') === 'three copies' && recorder.current);
  assert.is(recorder.count('amnesia'), 0);
  await recorder.watch.close();
});

test.run();
