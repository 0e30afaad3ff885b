import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jetstream } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, errors, headers, type NatsConnection } from 'nats';
import * as assert from 'uvu/assert';
import { type Buckets, openBuckets } from '../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { openEventLog } from '../../src/nats/services/event-log.ts';
import { serveWhere } from '../../src/nats/services/where-service.ts';
import { eventually } from '../support/eventually.ts';
import { accountLines, PUBLISHER, VIEWER } from '../support/nats-accounts.ts';
import { type NatsServer, startNatsServer } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';

const test = suite('nats/nats-accounts');
const CONF = fileURLToPath(new URL('../../../nats-server.conf', import.meta.url));
const KEY = 'h7Qk2vXw9LmT4sPz81Bd';

test('no client may log in as viewer or publisher until a password is set', async () => {
  const text = await readFile(CONF, 'utf8');
  const locked = text.match(/^(?:VIEWER|PUBLISHER)_PASSWORD: .*$/gm)?.join('\n');
  const accounts = /^accounts \{\n[\s\S]*?^\}/m.exec(text)?.[0].replace('$STREAMHERD_CLUSTER_KEY', `"${KEY}"`);
  await using nats = await startNatsServer({ config: `${locked}\n${accounts}` });
  const hashes = text.match(/\$2[ab]\$[^"]+/g) ?? [];
  assert.is(hashes.length, 2);
  for (const user of ['viewer', 'publisher']) {
    for (const pass of ['', user, ...hashes]) {
      const refusal = await connect({ servers: nats.url, user, pass, reconnect: false }).then(() => 'let in', String);
      assert.match(refusal, /authorization/i, `${user} ${pass}`);
    }
  }
});

async function connectAs(nats: NatsServer, { user, password }: typeof VIEWER) {
  const connection = await connect({ servers: nats.url, user, pass: password });
  return Object.assign(connection, { [Symbol.asyncDispose]: () => connection.close() });
}

/** What a herd has on its bus. */
async function herdOn(nats: NatsServer) {
  const bus = await connectBus({ servers: [nats.url], token: KEY, name: 's01', onStatus: () => {} });
  const stores = await openBuckets(bus, { log: () => {}, signal: new AbortController().signal });
  const urls = { hls: 'http://s01/cam01/index.m3u8', mpegts: 'http://s01/cam01/mpegts' };
  const live = { stream: 'cam01', server: 's01', url: 'http://s01', epoch: 7, state: 'live', urls } as const;
  await serveWhere(bus, {
    version: '1.2.3',
    server: 's01',
    where: () => ({ found: 'live', ...live }),
    onStopped: () => {},
  });
  const events = openEventLog(bus, { log: () => {} });
  const at = new Date().toISOString();
  events.publish({ at, kind: 'stream-live', server: 's01', session: 'x', stream: 'cam01', why: 'of before' });
  for (const store of bucketsOf(stores)) await store.update('cam01', '{"url": "rtsp://u:hush-hush@camera/x"}', 0);
  await eventually('the event is stored', () => events.pending === 0);
  return Object.assign(bus, { stores, events });
}

const bucketsOf = ({ streams, owners, servers }: Buckets) => [streams, owners, servers];

/** Subjects that `connection` tries; those of them that it was let publish on, or subscribe to. */
async function allowedOf(connection: NatsConnection, publishes: readonly string[], subscribes: readonly string[]) {
  const refused: string[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error' && status.error instanceof errors.PermissionViolationError) {
        refused.push(`${status.error.operation} ${status.error.subject}`);
      }
    }
  })();
  for (const subject of publishes) connection.publish(subject, '{}');
  for (const subject of subscribes) connection.subscribe(subject, { callback: () => {} });
  const tried = [...publishes.map((each) => `publish ${each}`), ...subscribes.map((each) => `subscription ${each}`)];
  await connection.flush();
  const allowed = () => tried.filter((each) => !refused.includes(each));
  await eventually('every refusal', () => allowed().length === 0, { deadlineMs: 5000 }).catch(() => undefined);
  return allowed();
}

/** Subjects that steer, end or show the herd, and those that change JetStream. */
const FORBIDDEN = [
  ...['herd.beat.s01', 'herd.control.s01', 'herd.kv.owners.cam01', 'herd.state.s01', 'events.stream-live.cam01'],
  ...['$KV.owners.cam01', '$KV.servers.s01', '$SYS.REQ.SERVER.PING', '$SRV.PING', '_INBOX.x'],
  ...['DELETE', 'PURGE', 'UPDATE', 'MSG.DELETE', 'LEADER.STEPDOWN'].flatMap((call) =>
    ['owners', 'servers', 'streams'].map((bucket) => `$JS.API.STREAM.${call}.KV_${bucket}`),
  ),
  ...['owners', 'servers', 'streams'].flatMap((bucket) => [
    `$JS.API.STREAM.MSG.GET.KV_${bucket}`,
    `$JS.API.DIRECT.GET.KV_${bucket}`,
    `$JS.API.CONSUMER.CREATE.KV_${bucket}.x`,
    `$JS.API.CONSUMER.DURABLE.CREATE.KV_${bucket}.x`,
  ]),
  ...['$JS.API.CONSUMER.CREATE.EVENTS.x', '$JS.API.STREAM.PURGE.EVENTS', '$JS.API.STREAM.DELETE.EVENTS'],
  ...['$JS.API.STREAM.CREATE.mine', '$JS.API.STREAM.NAMES', '$JS.API.META.LEADER.STEPDOWN'],
];
const PRIVATE = ['>', '*', 'herd.>', 'herd.kv.streams.>', '$KV.>', '$KV.streams.>', '$JS.>', 'where.>'];

test('the viewer may ask where streams are and read events, and nothing else', async () => {
  await using nats = await startNatsServer({ config: accountLines(KEY) });
  await using herd = await herdOn(nats);
  await using viewer = await connectAs(nats, VIEWER);
  assert.is((await viewer.request('where.cam01', '', { timeout: 2000 })).json<{ server: string }>().server, 's01');
  const heard: string[] = [];
  viewer.subscribe('events.>', { callback: (_, message) => void heard.push(message.json<{ why: string }>().why) });
  await viewer.flush();
  const at = new Date().toISOString();
  herd.events.publish({ at, kind: 'stream-stalled', server: 's01', session: 'x', stream: 'cam01', why: 'of now' });
  await eventually('the event', () => heard.includes('of now'));
  const past = await viewer.request('$JS.API.DIRECT.GET.EVENTS', '{"seq": 1}', { timeout: 2000 });
  assert.is(past.json<{ why: string }>().why, 'of before');

  assert.equal(await allowedOf(viewer, [...FORBIDDEN, '$KV.streams.cam01'], [...PRIVATE]), []);
  for (const store of bucketsOf(herd.stores)) assert.is((await store.read('cam01'))?.revision, 1);
});

test('the publisher may write definitions, and nothing else: it cannot even read them', async () => {
  await using nats = await startNatsServer({ config: accountLines(KEY) });
  await using herd = await herdOn(nats);
  await using publisher = await connectAs(nats, PUBLISHER);
  const bucket = await new Kvm(jetstream(publisher, { timeout: 2000 })).open('streams');
  await bucket.put('cam02', '{"url": "test:"}');
  await bucket.delete('cam01');
  const { streams } = herd.stores;
  assert.is((await streams.read('cam02'))?.text, '{"url": "test:"}');
  assert.is((await streams.read('cam01'))?.text, null);
  for (const extent of ['all', 'sub']) {
    const rollup = headers();
    rollup.set('Nats-Rollup', extent);
    const answer = await publisher.request('$KV.streams.cam05', '{}', { timeout: 2000, headers: rollup });
    assert.match(answer.string(), 'rollup not permitted');
  }
  assert.is((await streams.read('cam02'))?.text, '{"url": "test:"}', 'no message removes other definitions');

  const others = ['where.cam01', '$JS.API.STREAM.INFO.KV_owners', '$JS.API.DIRECT.GET.EVENTS'];
  assert.equal(await allowedOf(publisher, [...FORBIDDEN, ...others], [...PRIVATE, 'events.>']), []);

  // JetStream acknowledges to the subject that the publisher names, with rights of its own.
  const heard: string[] = [];
  herd.listen('>', ({ subject }) => heard.push(subject));
  await herd.flush();
  const replies = ['PURGE', 'DELETE', 'MSG.DELETE', 'UPDATE'].map((call) => `$JS.API.STREAM.${call}.KV_owners`);
  for (const reply of [...replies, '$KV.owners.cam01', 'herd.control.s01', 'events.stream-live.cam01']) {
    publisher.publish('$KV.streams.cam03', '{"url": "test:"}', { reply });
  }
  await bucket.put('cam04', '{"url": "test:"}');
  await eventually('the last of it', () => heard.some((subject) => subject.endsWith('cam04')));
  assert.equal(
    heard.filter((subject) => !/^(?:\$KV|herd\.kv)\.streams\.cam0[34]$|^_R_\./.test(subject)),
    [],
  );
  assert.is((await herd.stores.owners.read('cam01'))?.revision, 1);
});

test('a publisher that writes until it is refused delays no renewal and no claim, and its definitions can be removed', async () => {
  await using nats = await startNatsServer({ config: accountLines(KEY) });
  await using herd = await herdOn(nats);
  await using publisher = await connectAs(nats, PUBLISHER);
  const bucket = await new Kvm(jetstream(publisher, { timeout: 5000 })).open('streams');
  const tooLarge = bucket.put('cam02', 'x'.repeat(256 * 1024));
  assert.match(await tooLarge.then(() => '', String), /message size exceeds maximum/);
  const { streams, owners, servers } = herd.stores;
  const refusals: string[] = [];
  const text = 'x'.repeat(190 * 1024);
  const flood = Array.from({ length: 8 }, async (_, writer) => {
    for (let index = 0; refusals.length < 8; index += 1) {
      await bucket.put(`flood${writer}-${index}`, text).catch((error) => refusals.push(String(error)));
    }
  });
  let renewals = 0;
  for (; refusals.length < 8; renewals += 1) {
    assert.is((await servers.update('cam01', `renewal ${renewals}`, renewals + 1)).outcome, 'won');
  }
  await Promise.all(flood);
  assert.match(refusals.join(), /maximum bytes exceeded/);
  assert.ok(renewals > 10, `${renewals} renewals`);
  assert.is((await owners.update('cam02', 'a claim', 0)).outcome, 'won');
  assert.is((await streams.update('cam01', '{"url": "test:"}', 1)).outcome, 'won');
  assert.is((await streams.remove('flood0-0', (await streams.read('flood0-0'))?.revision ?? 0)).outcome, 'won');
  assert.is((await streams.update('cam02', '{"url": "test:"}', 0)).outcome, 'won', 'there is room again');
});

test.run();
