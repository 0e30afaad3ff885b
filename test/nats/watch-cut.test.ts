import * as assert from 'uvu/assert';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { eventually } from '../support/eventually.ts';
import { type NatsServer, startNatsCluster, startNatsServer } from '../support/nats-server.ts';
import { SilentProxy } from '../support/silent-proxy.ts';
import { suite } from '../support/suite.ts';
import { ChangeRecorder } from './change-recorder.ts';

const test = suite('nats/watch-cut', { deadlineMs: 60_000 });
/** The client looks after its connection every half second; a view that is old for longer than a few must say so. */
const NOTICED_WITHIN_MS = 10_000;

/** A writer that is connected to `writerAt`, and a watch whose connection to `hearerAt` can be cut. */
async function openCuttable(writerAt: NatsServer, hearerAt: NatsServer) {
  const proxy = await SilentProxy.to(hearerAt.port);
  const connectTo = (port: number, name: string) =>
    connectBus({ servers: [`nats://127.0.0.1:${port}`], name, onStatus: () => {} });
  const writer = await connectTo(writerAt.port, 'writer');
  const hearer = await connectTo(proxy.port, 'hearer');
  const store = (await openBuckets(writer, { log: () => {} })).owners;
  const recorder = new ChangeRecorder((await openBuckets(hearer, { log: () => {} })).owners);
  assert.equal(await store.update('cam01', 'begin', 0), { outcome: 'won', revision: 1 });
  await eventually('begin', () => recorder.current && recorder.view.get('cam01') === 'begin');
  return {
    proxy,
    store,
    recorder,
    [Symbol.asyncDispose]: async () => {
      await recorder.watch.close();
      await Promise.all([writer.close(), hearer.close()]);
      await proxy[Symbol.asyncDispose]();
    },
  };
}

test('a connection that falls silent without an end: the view says that it may be old, and is right once there is another connection', async () => {
  await using nats = await startNatsServer();
  await using cuttable = await openCuttable(nats, nats);
  const { proxy, store, recorder } = cuttable;
  proxy.silence();
  assert.is((await store.update('cam01', 'unheard', 1)).outcome, 'won');
  await eventually('stale', () => !recorder.current, { deadlineMs: NOTICED_WITHIN_MS });
  assert.is(recorder.view.get('cam01'), 'begin');
  proxy.speak();
  await eventually('unheard', () => recorder.current && recorder.view.get('cam01') === 'unheard', {
    deadlineMs: NOTICED_WITHIN_MS,
  });
  assert.is(recorder.wentBack, 0);
  assert.is(recorder.count('amnesia'), 0);
});

test('a node of a cluster that can no longer be heard: the view is right again over another node, while the cut lasts', async () => {
  await using cluster = await startNatsCluster(3);
  const [one, other] = cluster.nodes;
  if (one === undefined || other === undefined) throw new Error('a cluster of one');
  await using cuttable = await openCuttable(one, other);
  const { proxy, store, recorder } = cuttable;
  proxy.silence();
  let revision = 1;
  for (const text of ['unheard 1', 'unheard 2', 'unheard 3']) {
    const outcome = await store.update('cam01', text, revision);
    assert.is(outcome.outcome, 'won');
    revision += 1;
  }
  await eventually('all of it', () => recorder.current && recorder.view.get('cam01') === 'unheard 3', {
    deadlineMs: 2 * NOTICED_WITHIN_MS,
  });
  assert.ok(recorder.count('stale') > 0, 'and it has said that it was old meanwhile');
  assert.is(recorder.wentBack, 0);
  assert.is(recorder.count('amnesia'), 0);
});

test.run();
