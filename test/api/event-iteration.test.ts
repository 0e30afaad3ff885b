import * as assert from 'uvu/assert';
import { eventsOf } from '../../src/api/event-iteration.ts';
import type { HerdEvent } from '../../src/domain/herd-event.ts';
import type { EventQuery } from '../../src/http/api/herd-api.ts';
import { openBuckets } from '../../src/nats/buckets/buckets.ts';
import { connectBus } from '../../src/nats/connection/connection.ts';
import { streamInfo } from '../../src/nats/connection/jetstream-api.ts';
import { openEventLog } from '../../src/nats/services/event-log.ts';
import { eventually } from '../support/eventually.ts';
import { startNatsServer } from '../support/nats-server.ts';
import { suite } from '../support/suite.ts';

const test = suite('api/event-iteration');

function event(why: string): HerdEvent {
  return { at: new Date().toISOString(), kind: 'stream-live', server: 's1', session: 'x', stream: 'cam1', why };
}

test('the stored events end although more happen all the time; followed ones end with the signal', async () => {
  await using nats = await startNatsServer();
  await using bus = await connectBus({ servers: [nats.url], name: 's1', onStatus: () => {} });
  await openBuckets(bus, { log: () => {} });
  const log = openEventLog(bus, { log: () => {} });
  const abort = new AbortController();
  const query: EventQuery = { history: 10_000, follow: false, signal: abort.signal };
  for (const why of ['one', 'two', 'three']) log.publish(event(why));
  await eventually('they are stored', async () => (await streamInfo(bus, 'EVENTS', 2000)).state.messages === 3);

  const busy = setInterval(() => log.publish(event('more')), 20);
  try {
    const read: string[] = [];
    for await (const { why } of eventsOf(bus, query)) read.push(why);
    assert.equal(read.slice(0, 3), ['one', 'two', 'three']);

    const followed: string[] = [];
    for await (const { why } of eventsOf(bus, { ...query, history: 0, follow: true })) {
      followed.push(why);
      if (followed.length === 3) abort.abort();
    }
    assert.equal(followed, ['more', 'more', 'more']);
  } finally {
    clearInterval(busy);
    await log.close(0);
  }
});

test('a log without events ends at once', async () => {
  await using nats = await startNatsServer();
  await using bus = await connectBus({ servers: [nats.url], name: 's1', onStatus: () => {} });
  await openBuckets(bus, { log: () => {} });
  const { signal } = new AbortController();
  for await (const _ of eventsOf(bus, { history: 10, follow: false, signal })) assert.unreachable();
});

test.run();
