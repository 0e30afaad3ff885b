import { readFile } from 'node:fs/promises';
import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import * as assert from 'uvu/assert';
import { versionProblem } from '../../../src/nats/buckets/bucket-config.ts';
import { openBuckets } from '../../../src/nats/buckets/buckets.ts';
import type { StoreChange } from '../../../src/nats/buckets/store.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { askJetStream, streamInfo } from '../../../src/nats/connection/jetstream-api.ts';
import { streamherdHere } from '../../support/command-line.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/buckets/buckets');

async function openBus(jetstream = true) {
  const nats = await startNatsServer({ jetstream });
  const bus = await connectBus({ servers: [nats.url], name: 's01', onStatus: () => {} });
  const lines: string[] = [];
  return {
    bus,
    lines,
    open: () => openBuckets(bus, { log: (line) => lines.push(line) }),
    create: (config: Partial<StreamConfig>) =>
      askJetStream<StreamInfo>(bus, `STREAM.CREATE.${config.name}`, config, 2000),
    [Symbol.asyncDispose]: async () => {
      await bus.close();
      await nats[Symbol.asyncDispose]();
    },
  };
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'not refused',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

test('buckets that are missing are made, and found again unchanged', async () => {
  await using opened = await openBus();
  const buckets = await opened.open();
  assert.is(buckets.replicas, 1);
  const before = await streamInfo(opened.bus, 'KV_owners', 2000);
  const { config } = before;
  assert.is(config.storage, 'file');
  assert.is(config.allow_direct, false);
  assert.is(config.max_msgs_per_subject, 1);
  const events = (await streamInfo(opened.bus, 'EVENTS', 2000)).config;
  assert.is(events.max_age, 7 * 24 * 3600 * 1e9);
  assert.is(events.max_bytes, 128 * 1024 ** 2);
  await opened.open();
  const after = await streamInfo(opened.bus, 'KV_owners', 2000);
  assert.is(after.created, before.created);
  assert.equal(after.config, config);
  assert.equal(opened.lines, []);
});

test('The documents and the help of "events" name both limits of the log', async () => {
  const page = await readFile(new URL('../../../../docs/api.md', import.meta.url), 'utf8');
  const help = await streamherdHere(['events', '--help']);
  for (const text of [page, help.out]) assert.match(text, /7 days.*128 MiB/s);
});

test('a bucket that an operator made by hand keeps its contents and is made to work', async () => {
  await using opened = await openBus();
  const kv = await new Kvm(opened.bus.connection).create('streams', { history: 5, ttl: 3_600_000 });
  await kv.put('cam01', 'one');
  await kv.put('cam01', 'two');
  const buckets = await opened.open();
  assert.match(opened.lines.join('\n'), /KV_streams: setting republish, allow_direct, max_age/);
  const { config } = await streamInfo(opened.bus, 'KV_streams', 2000);
  assert.is(config.max_msgs_per_subject, 5);
  assert.is(config.max_age, 0);
  assert.not(config.allow_rollup_hdrs, 'one message removes no other key');
  assert.ok(config.max_bytes > 0 && (config.max_msg_size ?? 0) > 0 && config.max_msgs > 0, 'it is open to others');
  const changes: StoreChange[] = [];
  const watch = buckets.streams.watch((change) => changes.push(change));
  await eventually('current', () => changes.some(({ type }) => type === 'current'));
  await kv.put('cam02', 'three');
  await eventually('heard', () => watch.revision === 3);
  assert.equal(
    changes.flatMap((change) => (change.type === 'entry' ? [change.entry] : [])),
    [
      { key: 'cam01', revision: 2, text: 'two' },
      { key: 'cam02', revision: 3, text: 'three' },
    ],
  );
  await watch.close();
});

test('a limit that an operator set for `streams` stays; a bucket at its limit still takes changes and removals of its keys', async () => {
  await using opened = await openBus();
  const limits = { max_msgs: 2, max_bytes: 10_000, max_msg_size: 1000 };
  const fixed = { discard: 'new', max_msgs_per_subject: 1 } as const;
  await opened.create({ name: 'KV_streams', subjects: ['$KV.streams.>'], storage: 'file', ...fixed, ...limits });
  const { streams } = await opened.open();
  const { config } = await streamInfo(opened.bus, 'KV_streams', 2000);
  assert.equal([config.max_msgs, config.max_bytes, config.max_msg_size], [2, 10_000, 1000]);
  await streams.update('cam01', 'one', 0);
  await streams.update('cam02', 'two', 0);
  const refused = await streams.update('cam03', 'three', 0);
  assert.match(refused.outcome === 'unknown' ? refused.why : refused.outcome, /maximum messages exceeded/);
  assert.equal(await streams.update('cam01', 'changed', 1), { outcome: 'won', revision: 3 });
  assert.equal(await streams.remove('cam02', 2), { outcome: 'won', revision: 4 });
  assert.ok(await streams.sweep('cam02', 4));
  assert.equal(await streams.update('cam03', 'three', 0), { outcome: 'won', revision: 5 });
});

test('a bucket that cannot be made to work is refused, with the name of the setting', async () => {
  const subjects = ['$KV.owners.>'];
  const wrong: readonly [string, Partial<StreamConfig>][] = [
    ['storage memory', { subjects, storage: 'memory' }],
    ['subjects elsewhere.>', { subjects: ['elsewhere.>'] }],
    ['retention interest', { subjects, retention: 'interest' }],
    ['republish elsewhere.>', { subjects, republish: { src: '>', dest: 'elsewhere.>' } }],
  ];
  await using opened = await openBus();
  for (const [setting, config] of wrong) {
    await opened.create({ name: 'KV_owners', ...config });
    assert.match(await refusal(opened.open()), `BusSetupError: JetStream stream KV_owners has ${setting}`);
    await askJetStream(opened.bus, 'STREAM.DELETE.KV_owners', {}, 2000);
  }
});

test('another stream on the subjects of the herd is refused', async () => {
  await using opened = await openBus();
  await opened.create({ name: 'MINE', subjects: ['events.mine'] });
  assert.match(await refusal(opened.open()), 'BusSetupError: another JetStream stream has the subjects events.>');
});

test('a server without JetStream is refused', async () => {
  await using opened = await openBus(false);
  assert.match(await refusal(opened.open()), 'BusSetupError: the NATS server runs without JetStream');
});

test('nats-server versions that may let two servers win are refused', () => {
  assert.match(versionProblem('2.8.4', 1) ?? '', '2.9 or later');
  assert.is(versionProblem('2.9.10', 1), undefined);
  assert.match(versionProblem('2.10.27', 3) ?? '', '2.11 or later');
  assert.is(versionProblem('2.11.0-RC.1', 3), undefined);
  assert.is(versionProblem('3.0.0', 3), undefined);
});

test.run();
