import * as assert from 'uvu/assert';
import { connectBus } from '../../../src/nats/connection/connection.ts';
import { askControl, serveControl } from '../../../src/nats/services/control.ts';
import { MAX_BEAT_BYTES, openBeats, openGossip } from '../../../src/nats/services/multicast.ts';
import { eventually } from '../../support/eventually.ts';
import { startNatsServer } from '../../support/nats-server.ts';
import { suite } from '../../support/suite.ts';

const test = suite('nats/services/multicast');

async function openBuses() {
  const nats = await startNatsServer();
  const connect = (name: string) => connectBus({ servers: [nats.url], name, onStatus: () => {} });
  const [one, other] = [await connect('s01'), await connect('s02')];
  return {
    nats,
    one,
    other,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([one.close(), other.close()]);
      await nats[Symbol.asyncDispose]();
    },
  };
}

test('every server hears every beat, its own too, with the name of the sender', async () => {
  await using buses = await openBuses();
  const heard: string[] = [];
  const one = openBeats(buses.one, {
    server: 's01.example.com',
    onBeat: (text, from) => heard.push(`one: ${from} ${text}`),
  });
  const other = openBeats(buses.other, { server: 's02', onBeat: (text, from) => heard.push(`other: ${from} ${text}`) });
  await Promise.all([buses.one.flush(), buses.other.flush()]);
  assert.is(one.send('{"n":1}'), 'sent');
  await eventually('both', () => heard.length === 2);
  assert.equal(heard.sort(), ['one: s01.example.com {"n":1}', 'other: s01.example.com {"n":1}']);
  one.close();
  assert.is(other.send('last'), 'sent');
  await eventually('own', () => heard.length === 3);
  assert.is(heard[2], 'other: s02 last');
});

test('a message that is too large is refused by the sender and skipped by the receiver; no message is kept while the bus is away', async () => {
  await using buses = await openBuses();
  const heard: string[] = [];
  const beats = openBeats(buses.one, { server: 's01', onBeat: (text) => heard.push(text) });
  assert.is(beats.send('x'.repeat(MAX_BEAT_BYTES + 1)), 'too-large');
  buses.other.publish('herd.beat.s02', 'x'.repeat(MAX_BEAT_BYTES + 1));
  await buses.nats.kill('SIGKILL');
  await eventually('away', () => !buses.one.connected);
  assert.is(beats.send('while away'), 'away');
  await buses.nats.restart();
  await eventually('back', () => buses.one.connected);
  assert.is(beats.send('back'), 'sent');
  await eventually('heard', () => heard.length > 0);
  assert.equal(heard, ['back']);
});

test('gossip names the server that says it', async () => {
  await using buses = await openBuses();
  const heard: string[] = [];
  openGossip(buses.one, 's01', (server, text) => heard.push(`${server} ${text}`));
  const other = openGossip(buses.other, 's02', () => {});
  await buses.one.flush();
  other.send('cam01 live');
  await eventually('heard', () => heard.length === 1);
  assert.equal(heard, ['s02 cam01 live']);
});

test('a command is answered by its server; errors come as values', async () => {
  await using buses = await openBuses();
  serveControl(buses.one, 's01.example.com', async (command) => {
    if (command === 'throw') throw new Error('no such stream');
    if (command === 'circle') {
      const circle: { self?: unknown } = {};
      circle.self = circle;
      return circle;
    }
    return command === 'nothing' ? undefined : { did: command };
  });
  await buses.one.flush();
  const asked = (command: unknown, server = 's01.example.com') => askControl(buses.other, server, command, 2000);
  assert.equal(await asked({ drain: true }), { ok: true, result: { did: { drain: true } } });
  assert.equal(await asked('nothing'), { ok: true, result: null });
  assert.equal(await asked('throw'), { ok: false, why: 'no such stream' });
  assert.is((await asked('circle')).ok, false);
  assert.equal(await asked('x', 's01'), { ok: false, why: 'no server s01 listens on the bus' });
  const garbage = await buses.other.request('herd.control.s01.example.com', '{', { timeoutMs: 2000 });
  assert.is(garbage.json<{ ok: boolean }>().ok, false);
});

test.run();
