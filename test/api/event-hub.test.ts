import * as assert from 'uvu/assert';
import { EventHub } from '../../src/api/event-hub.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { EventQuery } from '../../src/http/api/herd-api.ts';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { streamInfo } from '../../src/nats/connection/jetstream-api.ts';
import { openEventLog } from '../../src/nats/services/event-log.ts';
import { eventually } from '../support/eventually.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { streamName } from '../support/stream-names.ts';
import { suite } from '../support/suite.ts';

const test = suite('api/event-hub');

function event(why: string, stream = 'cam1'): HerdEvent {
  return { at: new Date().toISOString(), kind: 'stream-live', server: 's1', session: 'x', stream, why };
}

/** An event log with `stored` in it, and a hub over it. */
async function withHub(stored: readonly string[], maxRecent: number, body: (it: Hub) => Promise<void>): Promise<void> {
  await using nats = await startNatsServer();
  await using bus = await connectBus({ servers: [nats.url], name: 's1', onStatus: () => {} });
  await openBuckets(bus, { log: () => {} });
  const log = openEventLog(bus, { log: () => {} });
  for (const why of stored) log.publish(event(why));
  const info = () => streamInfo(bus, 'EVENTS', 2000);
  await eventually('they are stored', async () => (await info()).state.messages === stored.length);
  const hub = new EventHub(bus, maxRecent);
  try {
    await body({
      hub,
      say: (why, stream) => log.publish(event(why, stream)),
      consumers: async () => (await info()).state.consumer_count,
    });
  } finally {
    await hub.close();
    await log.close(0);
  }
}

interface Hub {
  readonly hub: EventHub;
  readonly consumers: () => Promise<number>;
  say(why: string, stream?: string): void;
}

async function read(events: AsyncIterable<HerdEvent>, count = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
  const whys: string[] = [];
  for await (const { why } of events) {
    whys.push(why);
    if (whys.length >= count) break;
  }
  return whys;
}

const query = (more: Partial<EventQuery> = {}): EventQuery => ({
  ...{ history: 100, follow: false, signal: new AbortController().signal, ...more },
});

test('a hundred readers are one consumer of the log, and each hears every event once', () =>
  withHub(['one', 'two', 'three'], 100, async ({ hub, say, consumers }) => {
    assert.equal(await read(hub.events(query({ history: 2 }))), ['two', 'three']);
    const readers = Array.from({ length: 100 }, () => read(hub.events(query({ history: 2, follow: true })), 4));
    const strangers = read(hub.events(query({ history: 0, follow: true, stream: streamName('cam1') })), 2);
    const other = read(hub.events(query({ history: 0, follow: true, stream: streamName('cam2') })), 1);
    await eventually('all of them wait', () => hub.waiting === 102);
    assert.is(await consumers(), 1);
    say('four');
    say('of another', 'cam2');
    say('five');
    for (const heard of await Promise.all(readers)) assert.equal(heard, ['two', 'three', 'four', 'of another']);
    assert.equal(await strangers, ['four', 'five']);
    assert.equal(await other, ['of another']);
  }));

test('events older than the kept ones are read from the log, and later ones follow without a gap', () =>
  withHub(['one', 'two', 'three'], 2, async ({ hub, say }) => {
    const since = '2020-01-01T00:00:00.000Z';
    assert.equal(await read(hub.events(query({ since }))), ['one', 'two', 'three']);
    const followed = read(hub.events(query({ since, follow: true })), 5);
    await eventually('it waits', () => hub.waiting === 1);
    say('four');
    say('five');
    assert.equal(await followed, ['one', 'two', 'three', 'four', 'five']);
  }));

test('a reader that leaves while it waits is forgotten', () =>
  withHub([], 100, async ({ hub }) => {
    const leaving = new AbortController();
    const reading = read(hub.events(query({ history: 0, follow: true, signal: leaving.signal })));
    await eventually('it waits', () => hub.waiting === 1);
    leaving.abort();
    assert.equal(await reading, []);
    assert.is(hub.waiting, 0);
  }));

test.run();
