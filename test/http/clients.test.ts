import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { Clients, SHARES } from '../../src/http/clients.ts';
import { startTestApi } from '../support/api-over-media.ts';
import { eventually } from '../support/eventually.ts';
import { startTestMedia } from '../support/media.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/clients');

test('a client holds its share and no more, all together hold what there is, and what is given back is there again', () => {
  const clients = new Clients([]);
  const { all, each } = SHARES.followers;
  const held: (() => void)[] = [];
  const takeAll = (client: string) => {
    for (let release = clients.take('followers', client); release; release = clients.take('followers', client)) {
      held.push(release);
    }
  };
  takeAll('10.0.0.1');
  assert.is(held.length, each);
  assert.ok(clients.take('viewers', '10.0.0.1'), 'what there is of others is another question');
  for (let client = 2; held.length < all && client < 100; client += 1) takeAll(`10.0.0.${client}`);
  assert.is(held.length, all);
  assert.is(clients.take('followers', '10.0.1.1'), undefined);
  const [first] = held;
  first?.();
  first?.();
  assert.ok(clients.take('followers', '10.0.1.1'));
  assert.is(clients.take('followers', '10.0.1.1'), undefined, 'given back twice is given back once');
});

test('behind a trusted proxy each client has a share of its own; what others say of themselves counts for nothing', () => {
  const request = (remoteAddress: string, forwarded: string) =>
    ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;
  const clients = new Clients(['10.0.0.7']);
  assert.is(clients.of(request('10.0.0.7', '192.0.2.1')), '192.0.2.1');
  assert.is(clients.of(request('10.0.0.8', '192.0.2.1')), '10.0.0.8');
  assert.is(clients.of(request('::ffff:10.0.0.8', '')), '10.0.0.8');
  assert.ok(clients.isProxy('::ffff:10.0.0.7'));
  clients.trustedProxies = [];
  assert.not.ok(clients.isProxy('10.0.0.7'));
});

test('one client that opens every event stream it gets leaves some to others', async () => {
  const endless = () => new Response(new ReadableStream(), { headers: { 'Content-Type': 'text/event-stream' } });
  await using media = await startTestApi('a', async () => endless());
  const asked: ClientRequest[] = [];
  const status = (localAddress: string) =>
    new Promise<number>((resolve, reject) => {
      const asking = get(`${media.url}/api/v1/events`, { agent: false, localAddress }, ({ statusCode = 0 }) =>
        resolve(statusCode),
      );
      asked.push(asking.on('error', reject));
    });
  try {
    for (let open = 0; open < SHARES.followers.each; open += 1) assert.is(await status('127.0.0.1'), 200);
    assert.is(await status('127.0.0.1'), 503);
    assert.is(await status('127.0.0.2'), 200);
    asked[0]
      ?.removeAllListeners('error')
      .on('error', () => {})
      .destroy();
    await eventually('its share is there again', async () => (await status('127.0.0.1')) === 200);
  } finally {
    for (const asking of asked)
      asking
        .removeAllListeners('error')
        .on('error', () => {})
        .destroy();
  }
});

test('one client that opens thousands of connections keeps none from connecting, and loses those that are too many', async () => {
  await using media = await startTestMedia('a');
  const sockets: Socket[] = [];
  const open = async (localAddress: string) => {
    const socket = connect({ port: media.host.port, host: '127.0.0.1', localAddress });
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  try {
    const { each } = SHARES.connections;
    for (let batch = 0; batch < each; batch += 100) {
      await Promise.all(Array.from({ length: 100 }, () => open('127.0.0.1')));
    }
    const tooMany = await open('127.0.0.1');
    await eventually('it is closed', () => tooMany.destroyed);
    const answer = await new Promise<number>((resolve, reject) =>
      get(`${media.url}/livez`, { agent: false, localAddress: '127.0.0.2' }, ({ statusCode = 0 }) =>
        resolve(statusCode),
      ).on('error', reject),
    );
    assert.is(answer, 200);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test.run();
