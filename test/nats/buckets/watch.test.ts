import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import * as assert from 'uvu/assert';
import { openBuckets } from '../../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { streamInfo } from '../../../src/nats/connection/jetstream-api.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { contentOf, fill, openWatched } from '../watched-bucket.ts';

const test = suite('nats/buckets/watch', { deadlineMs: 120_000 });

function longestTurn(): { readonly longestMs: number; [Symbol.dispose](): void } {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  return {
    get longestMs() {
      return delay.max / 1e6;
    },
    [Symbol.dispose]: () => delay.disable(),
  };
}

test('changes written while the connection was away arrive when it is back', async () => {
  await using watched = await openWatched();
  await watched.nats.kill('SIGKILL');
  await eventually('stale', () => !watched.recorder.current);
  await watched.nats.restart();
  await eventually('writer is back', () => watched.writer.connected);
  assert.is((await watched.store.update('cam01', 'later', 1)).outcome, 'won');
  await eventually('later', () => watched.recorder.view.get('cam01') === 'later');
  await eventually('current', () => watched.recorder.current);
  assert.is(watched.recorder.count('amnesia'), 0);
  assert.is(watched.recorder.wentBack, 0);
});

test('a bucket that does not come back is made again, and that is amnesia', async () => {
  await using watched = await openWatched();
  await watched.nats.kill('SIGKILL');
  await watched.nats.loseStore();
  await watched.nats.restart();
  await eventually('amnesia', () => watched.recorder.count('amnesia') === 1);
  await eventually('current', () => watched.recorder.current);
  assert.is(watched.recorder.view.size, 0);
  assert.is((await watched.store.update('cam02', 'after', 0)).outcome, 'won');
  await eventually('a later change arrives', () => watched.recorder.view.get('cam02') === 'after');
  const { config } = await streamInfo(watched.writer, 'EVENTS', 2000);
  assert.is(config.name, 'EVENTS', 'the event stream too');
});

test('a feed that delivers nothing is noticed by the next reconciliation', async () => {
  await using watched = await openWatched({ reconcileEveryMs: 100 });
  await watched.silence();
  await watched.store.update('cam01', 'unheard', 1);
  await eventually('unheard', () => watched.recorder.view.get('cam01') === 'unheard');
  await eventually('current again', () => watched.recorder.count('current') === 2);
});

test('a feed that delivers nothing is noticed by an own write, and by a caller that knows a later revision', async () => {
  await using watched = await openWatched();
  await watched.silence();
  await watched.heard.update('cam02', 'own', 0);
  await eventually('own', () => watched.recorder.view.get('cam02') === 'own');
  await watched.store.update('cam03', 'other', 0);
  await watched.recorder.watch.reconcile();
  assert.is(watched.recorder.view.get('cam03'), 'other');
  assert.is(watched.recorder.watch.revision, 3);
});

test('a hole in the revisions is filled, in order', async () => {
  await using watched = await openWatched();
  await watched.silence();
  for (let i = 0; i < 5; i++) await watched.store.update(`cam1${i}`, 'missed', 0);
  const buckets = await openBuckets(watched.writer, { log: () => {} });
  await buckets.owners.update('cam20', 'heard', 0);
  await eventually('heard', () => watched.recorder.view.get('cam20') === 'heard');
  assert.is(watched.recorder.view.size, 7);
  assert.is(watched.recorder.wentBack, 0);
});

test('hundreds of changes that were missed are filled by reading every key', async () => {
  await using watched = await openWatched();
  await watched.silence();
  let revision = 0;
  for (let i = 0; i < 500; i++) {
    const outcome = await watched.store.update('cam02', `${i}`, revision);
    revision = outcome.outcome === 'won' ? outcome.revision : -1;
  }
  await watched.recorder.watch.reconcile();
  assert.is(watched.recorder.view.get('cam02'), '499');
  assert.is(watched.recorder.count('entry'), 2);
  assert.is(watched.recorder.watch.revision, 501);
});

test('a bucket that was made again is amnesia, and its view is filled again', async () => {
  await using watched = await openWatched({ reconcileEveryMs: 100 });
  await watched.api('STREAM.DELETE.KV_owners', {});
  await eventually('stale', () => !watched.recorder.current);
  const buckets = await openBuckets(watched.writer, { log: () => {} });
  assert.equal(await buckets.owners.update('cam09', 'new', 0), { outcome: 'won', revision: 1 });
  await eventually('new', () => watched.recorder.view.get('cam09') === 'new' && watched.recorder.current);
  assert.is(watched.recorder.count('amnesia'), 1);
  assert.equal([...watched.recorder.view.keys()], ['cam09']);
});

test('keys that vanish are amnesia; the markers of removed keys may vanish', async () => {
  await using watched = await openWatched();
  await watched.store.update('cam02', 'x', 0);
  await watched.store.remove('cam02', 2);
  await eventually('removed', () => watched.recorder.view.get('cam02') === null);
  await watched.api('STREAM.PURGE.KV_owners', { filter: '$KV.owners.cam02' });
  await watched.recorder.watch.reconcile();
  assert.is(watched.recorder.count('amnesia'), 0);
  await watched.store.update('cam02', 'again', 0);
  await eventually('again', () => watched.recorder.view.get('cam02') === 'again');
  await watched.api('STREAM.PURGE.KV_owners', { filter: '$KV.owners.cam01' });
  await watched.recorder.watch.reconcile();
  assert.is(watched.recorder.count('amnesia'), 1);
  assert.equal([...watched.recorder.view], [['cam02', 'again']]);
  assert.is(watched.recorder.wentBack, 0);
});

test('a watch ends with its bus', async () => {
  await using watched = await openWatched();
  await watched.hearer.close();
  await watched.recorder.watch.reconcile();
  assert.is(watched.recorder.count('current'), 1);
});

test('messages on the feed that JetStream did not send change nothing', async () => {
  await using watched = await openWatched();
  watched.writer.publish('herd.kv.owners.cam01', 'not from JetStream');
  await watched.store.update('cam02', 'real', 0);
  await eventually('real', () => watched.recorder.view.get('cam02') === 'real');
  assert.is(watched.recorder.view.get('cam01'), 'begin');
});

/** What others do with the backup before the watch has a connection again. */
async function writePast(backup: string): Promise<void> {
  await using nats = await startNatsServer({ storeDir: backup });
  const bus = await connectBus({ servers: [nats.url], name: 'other', onStatus: () => {} });
  await fill(bus, 'cam2-', 60);
  await bus.close();
}

for (const keys of [300, 10_000, 50_000]) {
  test(`of ${keys} keys, those that a backup put back are found, though others have written beyond the revision that was seen`, async () => {
    await using watched = await openWatched();
    await using folder = await tempFolder();
    const backup = join(folder.path, 'backup');
    const { nats, writer, store, recorder } = watched;
    await fill(writer, 'cam1-', keys);
    await eventually('all is heard', () => recorder.watch.revision === 1 + keys + keys / 10, { deadlineMs: 60_000 });
    await nats.kill('SIGKILL');
    await nats.backUp(backup);
    await nats.restart();
    await eventually('writer is back', () => writer.connected);
    for (let index = 1; index < 40; index += 1) {
      const { revision = 0 } = (await store.read(`cam1-${index}`)) ?? {};
      // Of the wrong keys every third is a removal that the backup undoes.
      const isRemoved = index % 3 === 0;
      await (isRemoved ? store.remove(`cam1-${index}`, revision) : store.update(`cam1-${index}`, 'lost', revision));
    }
    await eventually('seen', () => recorder.view.get('cam1-39') === null);
    await nats.kill('SIGKILL');
    await writePast(backup);
    await nats.restore(backup);
    const said = recorder.count('current');
    await nats.restart();
    await eventually('current again', () => recorder.count('current') > said, { deadlineMs: 60_000 });
    assert.is(recorder.count('amnesia'), 1, 'it does not say that it is current before it has compared');
    assert.equal([...recorder.view].sort(), await contentOf(store));
    assert.is(recorder.view.get('cam1-39'), 'value 39');
    assert.is(recorder.wentBack, 0);
  });
}

test('a large bucket is compared and told without blocking other work of the thread', async () => {
  await using watched = await openWatched();
  const { nats, writer, store, recorder } = watched;
  await fill(writer, 'cam1-', 10_000);
  await eventually('all is heard', () => recorder.watch.revision === 11_001, { deadlineMs: 60_000 });
  const told = recorder.count('entry');
  using turns = longestTurn();
  await nats.kill('SIGKILL');
  await nats.restart();
  await eventually('current again', () => recorder.count('current') === 2, { deadlineMs: 60_000 });
  assert.is(recorder.count('entry'), told, 'nothing is told twice');
  await contentOf(store);
  assert.ok(turns.longestMs < 500, `one turn took ${turns.longestMs} ms`);
});

test('a bucket that was put back is amnesia, also when others have since written beyond the revision that was seen', async () => {
  await using watched = await openWatched();
  await using folder = await tempFolder();
  const backup = join(folder.path, 'backup');
  await watched.nats.kill('SIGKILL');
  await watched.nats.backUp(backup);
  await watched.nats.restart();
  await eventually('writer is back', () => watched.writer.connected);
  assert.equal(await watched.store.update('cam01', 'lost', 1), { outcome: 'won', revision: 2 });
  await eventually('seen', () => watched.recorder.view.get('cam01') === 'lost');
  await watched.nats.kill('SIGKILL');
  await watched.nats.restore(backup);
  await watched.nats.restart();
  await eventually('writer is back again', () => watched.writer.connected);
  assert.equal(await watched.store.update('cam03', 'other', 0), { outcome: 'won', revision: 2 });
  assert.equal(await watched.store.update('cam03', 'further', 2), { outcome: 'won', revision: 3 });
  await eventually('amnesia', () => watched.recorder.count('amnesia') === 1);
  await eventually('filled anew', () => watched.recorder.view.get('cam03') === 'further' && watched.recorder.current);
  assert.is(watched.recorder.view.get('cam01'), 'begin');
});

test.run();
