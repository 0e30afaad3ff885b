import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import type { HerdEvent, Told } from '../../src/domain/herd-event.ts';
import { kindsOf } from '../../src/domain/notify/event-choice.ts';
import type { Receiver } from '../../src/domain/notify/receiver.ts';
import { NotifyThread } from '../../src/notify/notify-thread.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';
import { testLog } from '../support/test-log.ts';

const test = suite('notify/notify-thread', { deadlineMs: 30_000 });

function event(number: number, kind: HerdEvent['kind'] = 'stream-stalled'): HerdEvent {
  return { at: '2026-11-22T06:00:00.000Z', kind, server: 's1', session: 'x', why: `${number}` };
}

/** A receiver that takes events, or one that reads and never answers. */
async function hook(answers: boolean) {
  const whys: string[] = [];
  const server = createServer(async (request, response) => {
    const { events } = JSON.parse(await text(request)) as { readonly events: readonly HerdEvent[] };
    whys.push(...events.map(({ why }) => why));
    if (answers) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const name = `http://127.0.0.1:${port}`;
  const receiver: Receiver = { type: 'webhook', name, url: `${name}/`, kinds: kindsOf('warnings') };
  return {
    ...{ whys, receiver },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function threadOf(receivers: readonly Receiver[]) {
  const log = testLog();
  const told: Told[] = [];
  const thread = new NotifyThread({ server: 's1', version: '1', receivers, log });
  thread.follow((one) => void told.push(one));
  return { thread, told, log, [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose]() };
}

test('ten thousand events at once: one receiver hears all of them in order beside one that hangs, and the control thread goes on', async () => {
  await using well = await hook(true);
  await using hanging = await hook(false);
  await using it = threadOf([hanging.receiver, well.receiver]);
  const beganMs = performance.now();
  for (let number = 0; number < 10_000; number += 1) it.thread.take(event(number));
  const tookMs = performance.now() - beganMs;
  await eventually('all are told', () => well.whys.length >= 10_000);
  assert.equal(
    well.whys,
    Array.from({ length: 10_000 }, (_, number) => `${number}`),
  );
  // Some 5 µs each: what is promised is that nothing waits, for which a second would be far too much.
  assert.ok(tookMs < 1000, `${tookMs} ms`);
  const closingMs = performance.now();
  await it.thread[Symbol.asyncDispose]();
  assert.ok(performance.now() - closingMs < 5000, 'a receiver that hangs does not hold the end up');
  assert.match(it.log.lines.join('\n'), 'warn: notify: 10000 events were not told before the end of this server');
});

test('without receivers there is no thread; receivers come and go, and hear only of what they chose', async () => {
  await using well = await hook(true);
  await using it = threadOf([]);
  it.thread.take(event(1));
  assert.equal(await it.thread.try(event(0)), []);
  it.thread.configure([well.receiver]);
  it.thread.take(event(2, 'stream-live'));
  it.thread.take(event(3));
  await eventually('the chosen one', () => well.whys.length > 0);
  assert.equal(well.whys, ['3']);
  it.thread.configure([]);
  it.thread.take(event(4));
  it.thread.configure([well.receiver]);
  it.thread.take(event(5));
  await eventually('the next one', () => well.whys.includes('5'));
  assert.equal(well.whys, ['3', '5']);
});

test('a trial says of each receiver how it took an event, whatever it chose', async () => {
  await using well = await hook(true);
  const dead: Receiver = { type: 'webhook', name: 'http://dead', url: 'http://127.0.0.1:1/', kinds: [] };
  await using it = threadOf([well.receiver, dead]);
  assert.equal(await it.thread.try(event(7, 'operator-acted')), [
    { receiver: well.receiver.name, ok: true, why: 'it took the event' },
    { receiver: 'http://dead', ok: false, why: 'nothing listens there' },
  ]);
  assert.equal(well.whys, ['7']);
});

test('the last events before the end are told', async () => {
  await using well = await hook(true);
  await using it = threadOf([well.receiver]);
  it.thread.take(event(1));
  await it.thread[Symbol.asyncDispose]();
  assert.equal(well.whys, ['1']);
  assert.equal(
    it.log.lines.filter((line) => !line.startsWith('debug')),
    [],
  );
});

test('a thread that dies is started again, and the events that it had are told of', async () => {
  await using well = await hook(true);
  await using it = threadOf([well.receiver]);
  // No configuration has it: a URL that is none stands for an error of the thread.
  it.thread.configure([{ ...well.receiver, url: 'none' }]);
  for (const number of [1, 2]) it.thread.take(event(number));
  await eventually('it has died', () => it.log.lines.some((line) => line.startsWith('error: notify: the worker died')));
  it.thread.configure([well.receiver]);
  await eventually('what was lost is told of', () => it.told.some(({ kind }) => kind === 'notify-dropped'));
  assert.match(it.told[0]?.why ?? '', 'receivers will not hear of 2 events: the thread that tells them has died');
  it.thread.take(event(3));
  await eventually('the next event', () => well.whys.includes('3'));
});

test('what waits for a receiver that is taken out of the configuration is told of', async () => {
  await using hanging = await hook(false);
  await using it = threadOf([hanging.receiver]);
  for (const number of [1, 2]) it.thread.take(event(number));
  await eventually('it hangs', () => hanging.whys.length > 0);
  it.thread.configure([]);
  await eventually('told', () => it.told.length > 0);
  assert.is(it.told[0]?.kind, 'notify-dropped');
  assert.match(it.told[0]?.why ?? '', /will not hear of 2 events: the configuration does not name it any more$/);
});

test.run();
