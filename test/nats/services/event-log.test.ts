import * as assert from 'uvu/assert';
import type { HerdEvent } from '../../../src/domain/herd-event.ts';
import { openBuckets } from '../../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { streamInfo } from '../../../src/nats/connection/jetstream-api.ts';
import { type FollowOptions, followEvents } from '../../../src/nats/services/event-feed.ts';
import { openEventLog } from '../../../src/nats/services/event-log.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/services/event-log');

async function openBus() {
  const nats = await startNatsServer();
  const bus = await connectBus({ servers: [nats.url], name: 's01', onStatus: () => {} });
  await openBuckets(bus, { log: () => {} });
  const told: string[] = [];
  const log = openEventLog(bus, { log: (line) => told.push(line), maxPending: 100 });
  return {
    nats,
    bus,
    log,
    told,
    stored: async () => (await streamInfo(bus, 'EVENTS', 2000)).state.messages,
    follow: (options: FollowOptions) => {
      const why: string[] = [];
      const feed = followEvents(bus, options, (event) => why.push(event.why));
      return { why, feed };
    },
    [Symbol.asyncDispose]: async () => {
      await log.close(0);
      await bus.close();
      await nats[Symbol.asyncDispose]();
    },
  };
}

function event(why: string, more: Partial<HerdEvent> = {}): HerdEvent {
  return {
    at: new Date().toISOString(),
    kind: 'stream-live',
    server: 's01.a',
    session: 'x',
    stream: 'cam01',
    why,
    ...more,
  };
}

test('events are on subjects by kind and name', async () => {
  await using open = await openBus();
  const subjects: string[] = [];
  open.bus.listen('events.>', (message) => subjects.push(message.subject));
  open.log.publish(event('a', { stream: 'gate/a.' }));
  open.log.publish({ at: '', kind: 'server-joined', server: 's01.a', session: 'x', why: 'b' });
  open.log.publish({ at: '', kind: 'server-evicted', server: 's01.a', subject: 's02', session: 'x', why: 'c' });
  await eventually('three', () => subjects.length === 3);
  assert.equal(subjects.sort(), [
    'events.server-evicted.s02',
    'events.server-joined.s01.a',
    'events.stream-live.gate/a=2E',
  ]);
});

test('a feed tells the newest past events and then new ones, once and in order', async () => {
  await using open = await openBus();
  for (let i = 0; i < 50; i++) open.log.publish(event(`${i}`, { stream: `cam${i % 2}` }));
  await eventually('stored', () => open.log.pending === 0);
  const all = open.follow({ history: 3 });
  const none = open.follow({});
  const since = open.follow({ since: '2020-01-01T00:00:00Z' });
  const one = open.follow({ history: 2, stream: 'cam0' });
  const kind = open.follow({ history: 9, kinds: ['server-joined'] });
  await eventually('past', () => all.why.length === 3 && since.why.length === 50 && one.why.length === 2);
  await eventually('feeds', async () => (await streamInfo(open.bus, 'EVENTS', 2000)).state.consumer_count === 5);
  open.log.publish(event('now', { stream: 'cam0' }));
  open.log.publish({ at: '', kind: 'server-joined', server: 's01', session: 'x', why: 'joined' });
  await eventually('present', () => [all, none, since].every(({ why }) => why.includes('joined')));
  await eventually('filtered', () => one.why.includes('now') && kind.why.includes('joined'));
  assert.equal(all.why.slice(3), ['now', 'joined']);
  assert.equal(none.why, ['now', 'joined']);
  assert.equal(new Set(since.why).size, 52);
  assert.equal(one.why.slice(2), ['now']);
  assert.equal(kind.why, ['joined']);
  for (const { feed } of [all, none, since, one, kind]) await feed.close();
});

test('after a restart of NATS a feed goes on where it was, and events of the outage are stored once', async () => {
  await using open = await openBus();
  const { why, feed } = open.follow({ history: 10 });
  open.log.publish(event('before'));
  await eventually('before', () => why.length === 1);
  await open.nats.kill('SIGKILL');
  for (let i = 0; i < 5; i++) open.log.publish(event(`outage ${i}`));
  await eventually('told', () => open.told.length === 1);
  await open.nats.restart();
  await eventually('all', () => why.length === 6);
  open.log.publish(event('after'));
  await eventually('after', () => why.length === 7);
  assert.is(new Set(why).size, 7);
  assert.is(await open.stored(), 7);
  assert.is(open.log.dropped, 0);
  assert.match(open.told.join('\n'), /wait to be stored[\s\S]*stored again/);
  await feed.close();
});

test('a feed outlives its consumer', async () => {
  await using open = await openBus();
  const { why, feed } = open.follow({ history: 10 });
  open.log.publish(event('before'));
  await eventually('before', () => why.length === 1);
  const { consumers } = (await open.bus.request('$JS.API.CONSUMER.NAMES.EVENTS', '{}', { timeoutMs: 2000 })).json<{
    consumers: string[];
  }>();
  for (const name of consumers)
    await open.bus.request(`$JS.API.CONSUMER.DELETE.EVENTS.${name}`, '', { timeoutMs: 2000 });
  open.log.publish(event('after'));
  await eventually('after', () => why.length === 2);
  assert.equal(why, ['before', 'after']);
  await feed.close();
});

test('a feed goes on in a log that was made again', async () => {
  await using open = await openBus();
  const { why, feed } = open.follow({ history: 10 });
  for (let i = 0; i < 3; i++) open.log.publish(event(`before ${i}`));
  await eventually('before', () => why.length === 3);
  await open.bus.request('$JS.API.STREAM.DELETE.EVENTS', '', { timeoutMs: 2000 });
  await openBuckets(open.bus, { log: () => {} });
  open.log.publish(event('after'));
  await eventually('after', () => why.length === 4);
  assert.is(why[3], 'after');
  await feed.close();
});

test('while the bus is away the oldest waiting events are dropped, and counted', async () => {
  await using open = await openBus();
  await open.nats.kill('SIGKILL');
  await eventually('away', () => !open.bus.connected);
  for (let i = 0; i < 130; i++) open.log.publish(event(`${i}`));
  assert.is(open.log.dropped, 30);
  assert.is(open.log.pending, 100);
  await open.nats.restart();
  const { why, feed } = open.follow({ since: '2020-01-01T00:00:00Z' });
  await eventually('the newest', () => why.length === 100);
  assert.equal([...why].sort(), Array.from({ length: 100 }, (_, i) => `${i + 30}`).sort());
  await feed.close();
});

test('a message that is no event is skipped', async () => {
  await using open = await openBus();
  const { why, feed } = open.follow({ since: '2020-01-01T00:00:00Z' });
  for (const text of ['', 'null', '{', '{"kind":1}', '[]']) open.bus.publish('events.x.y', text);
  open.log.publish(event('one'));
  await eventually('one', () => why.length === 1);
  await feed.close();
  assert.throws(() => followEvents(open.bus, { since: 'yesterday' }, () => {}), 'ISO 8601');
});

test.run();
