import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { freePorts } from '../../src/demo/free-ports.ts';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import type { Store } from '../../src/nats/buckets/store.ts';
import type { Bus } from '../../src/nats/connection/bus.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { askJetStream, streamInfo } from '../../src/nats/connection/jetstream-api.ts';
import { eventually } from '../support/eventually.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { ChangeRecorder } from './change-recorder.ts';
import { contentOf, fill } from './watched-bucket.ts';

const test = suite('nats/watch-put-back', { deadlineMs: 120_000 });

/** The watch asks only because of what it hears, and not because its time has come. */
const NEVER_MS = 3_600_000;

/** The watch is connected to a node without JetStream. The node that has the bucket stops and starts behind it, and the connection of the watch stays. */
interface Room {
  readonly nats: NatsServer;
  /** Where the node's store is copied to. */
  readonly backup: string;
  readonly writer: Bus;
  readonly hearer: Bus;
  readonly store: Store;
  readonly recorder: ChangeRecorder;
}

/** A node that was started again is known at the hub a moment later than to its own clients. */
async function hubKnows({ hearer }: Pick<Room, 'hearer'>): Promise<void> {
  await eventually('the hub knows the bucket', () => streamInfo(hearer, 'KV_owners', 500));
}

/** The watch sees `text` in nine keys, and then the bucket is put back to what it was before. @returns the revision that was seen. */
async function putBack(room: Room, text: string): Promise<number> {
  const { nats, backup, writer, store, recorder } = room;
  await nats.kill('SIGKILL');
  await nats.backUp(backup);
  await nats.restart();
  await eventually('the writer is back', () => writer.connected);
  await hubKnows(room);
  for (let index = 1; index < 10; index += 1) {
    const { revision = 0 } = (await store.read(`cam1-${index}`)) ?? {};
    assert.is((await store.update(`cam1-${index}`, text, revision)).outcome, 'won');
  }
  await eventually('seen', () => recorder.view.get('cam1-9') === text);
  const { revision } = recorder.watch;
  await nats.kill('SIGKILL');
  await nats.restore(backup);
  await nats.restart();
  await eventually('the writer is back', () => writer.connected);
  return revision;
}

/** Other clients write one other key until the bucket has reached that revision again. */
async function writeUpTo({ store }: Room, last: number): Promise<void> {
  for (let expected = (await store.read('cam2'))?.revision ?? 0; expected < last; ) {
    const outcome = await store.update('cam2', 'further', expected);
    expected = outcome.outcome === 'won' ? outcome.revision : last;
  }
}

/** Does `work` while no client is told any change, as when a node drops messages. */
async function unheard({ writer }: Room, work: () => Promise<void>): Promise<void> {
  const { config } = await streamInfo(writer, 'KV_owners', 2000);
  const { republish: _, ...silent } = config;
  await askJetStream(writer, 'STREAM.UPDATE.KV_owners', silent, 2000);
  await work();
  await askJetStream(writer, 'STREAM.UPDATE.KV_owners', config, 2000);
}

async function isFoundOut({ recorder, store }: Room, times: number): Promise<void> {
  await eventually(`it is noticed, ${times}`, () => recorder.count('amnesia') === times);
  const content = await contentOf(store);
  await eventually('filled anew', () => recorder.current && recorder.view.size === content.length);
  assert.equal([...recorder.view].sort(), content);
  assert.is(recorder.view.get('cam1-9'), 'value 9');
}

async function trial(room: Room): Promise<void> {
  await fill(room.writer, 'cam1-', 30);
  await eventually('all is heard', () => room.recorder.current && room.recorder.watch.revision === 33);
  const first = await putBack(room, 'lost before others wrote exactly as far');
  await hubKnows(room);
  await writeUpTo(room, first);
  await isFoundOut(room, 1);

  const second = await putBack(room, 'lost before others wrote beyond it');
  await hubKnows(room);
  await writeUpTo(room, second + 20);
  await isFoundOut(room, 2);

  const third = await putBack(room, 'lost before others wrote exactly as far, unheard');
  await unheard(room, () => writeUpTo(room, third));
  await hubKnows(room);
  await room.recorder.watch.reconcile();
  await isFoundOut(room, 3);

  const fourth = await putBack(room, 'lost before others wrote exactly as far, unheard, and one key after that');
  await unheard(room, () => writeUpTo(room, fourth));
  await hubKnows(room);
  const { revision = 0 } = (await room.store.read('cam1-1')) ?? {};
  await room.store.update('cam1-1', 'heard', revision);
  await isFoundOut(room, 4);

  await putBack(room, 'lost before another key is written');
  await hubKnows(room);
  const { revision: before = 0 } = (await room.store.read('cam1-20')) ?? {};
  await room.store.update('cam1-20', 'it would have been told by now', before);
  await isFoundOut(room, 5);
  const last = room.recorder.changes.findLast(({ type }) => type === 'amnesia');
  assert.match(last?.type === 'amnesia' ? last.why : '', 'does not follow what was seen', 'before all is compared');
}

test('a bucket that is put back while the connection stays is noticed, however far others have written since', async () => {
  const [port] = await freePorts(1);
  await using hub = await startNatsServer({
    jetstream: false,
    config: `leafnodes { listen: "127.0.0.1:${port}" }\nmappings { "$JS.API.>": "$JS.behind.API.>" }`,
  });
  await using nats = await startNatsServer({
    domain: 'behind',
    config: `leafnodes { reconnect: 1, remotes: [{ url: "nats-leaf://127.0.0.1:${port}" }] }`,
  });
  await using folder = await tempFolder();
  const statuses: string[] = [];
  await using writer = await connectBus({ servers: [nats.url], name: 'writer', onStatus: () => {} });
  await using hearer = await connectBus({
    servers: [hub.url],
    name: 'hearer',
    onStatus: ({ type }) => void statuses.push(type),
  });
  const store = (await openBuckets(writer, { log: () => {} })).owners;
  await hubKnows({ hearer });
  const before = statuses.length;
  const heard = (await openBuckets(hearer, { log: () => {}, reconcileEveryMs: NEVER_MS })).owners;
  const recorder = new ChangeRecorder(heard);
  await trial({ nats, backup: join(folder.path, 'backup'), writer, hearer, store, recorder });
  await recorder.watch.close();
  assert.equal(statuses.slice(before), [], 'its own connection has noticed nothing');
});

test.run();
