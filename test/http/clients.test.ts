import { once } from 'node:events';
import { type ClientRequest, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { Clients, SHARES, type ShareKind } from '../../src/http/clients.ts';
import type { MediaFigures } from '../../src/http/public/media-messages.ts';
import { startTestApi } from '../support/api-over-media.ts';
import { eventually } from '../support/eventually.ts';
import { startTestMedia } from '../support/media.ts';
import { sideBySide } from '../support/side-by-side.ts';

const test = sideBySide('http/clients', { deadlineMs: 20_000, atOnce: 3 });

const KINDS = Object.keys(SHARES) as ShareKind[];

for (const kind of KINDS) {
  test(`${kind}: a client holds its share and no more, all together hold what there is, and what is given back is there again`, () => {
    const clients = new Clients([]);
    const { all, each } = SHARES[kind];
    const held: (() => void)[] = [];
    const takeAll = (client: string) => {
      for (let release = clients.take(kind, client); release; release = clients.take(kind, client)) held.push(release);
    };
    takeAll('10.0.0.1');
    assert.is(held.length, each);
    for (const other of KINDS.filter((name) => name !== kind)) assert.ok(clients.take(other, '10.0.0.1'), other);
    for (let client = 2; held.length < all && client < 100; client += 1) takeAll(`10.0.0.${client}`);
    assert.is(held.length, all);
    assert.is(clients.take(kind, '10.0.1.1'), undefined);
    const [first] = held;
    first?.();
    first?.();
    assert.ok(clients.take(kind, '10.0.1.1'));
    assert.is(clients.take(kind, '10.0.1.1'), undefined, 'given back twice is given back once');
  });
}

test('an IPv6 client has one share for all addresses of its network, however they are written', () => {
  const clients = new Clients([]);
  for (let index = 0; index < SHARES.followers.each; index += 1) {
    assert.ok(clients.take('followers', `2001:db8:1:2::${index.toString(16)}`));
  }
  assert.is(clients.take('followers', '2001:0db8:1:2:ffff::1'), undefined);
  assert.ok(clients.take('followers', '2001:db8:1:3::1'), 'another network');
  for (let index = 0; index < SHARES.followers.each; index += 1)
    assert.ok(clients.take('followers', '::ffff:10.0.0.1'));
  assert.is(clients.take('followers', '10.0.0.1'), undefined, 'an IPv4 client is one by whatever listener it comes');
  assert.ok(clients.take('followers', '::ffff:10.0.0.2'));
});

test('held polls and viewers of MPEG-TS leave room for requests that are answered at once', () => {
  const { requests, polls, viewers, connections } = SHARES;
  assert.ok(requests.all > polls.all + viewers.all && requests.each > polls.each + viewers.each);
  assert.ok(connections.all > requests.all && connections.each > requests.each);
});

test('behind a trusted proxy each client has a share of its own; headers from other clients do not count', () => {
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

for (const [kind, path, others] of [
  ['viewers', '/cam/mpegts', 200],
  ['polls', '/gone/video.m3u8', 503],
] as const) {
  test(`${kind}: one client that takes all that it gets leaves some to others, and gives them back when it goes`, async () => {
    await using media = await startTestMedia('a');
    await media.place('cam', { at: 'here', epoch: 1 });
    await media.place('gone', { at: 'nowhere', why: 'a test' });
    const inFlight = (count: number) =>
      eventually(`${count} are being answered`, () => media.host.figures.inFlight === count);
    const { each } = SHARES[kind];
    const { port } = media.host;
    // One after the other on one connection: this shows as much as a connection for each, and takes the test less time.
    const greedy = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    greedy.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(each));
    await inFlight(each);
    const refused = await ask({ port, path, localAddress: '127.0.0.1' });
    assert.is(refused.statusCode, 503);
    assert.match(await text(refused), ' as many ');
    const other = await ask({ port, path, localAddress: '127.0.0.2' });
    assert.is(other.statusCode, others);
    if (other.statusCode === 503) assert.not.match(await text(other), ' as many ');
    other.destroy();
    greedy.resetAndDestroy();
    // Only when the server sends to a client that has gone does it learn that the client has gone.
    await media.close('cam', 1, 50, Buffer.alloc(188));
    await media.close('cam', 1, 51, Buffer.alloc(188));
    await inFlight(0);
  });
}

test('viewers that leave before the backend of on_play has answered hold nothing', async () => {
  const asked: ServerResponse[] = [];
  const backend = createServer((_, response) => void asked.push(response)).listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const onPlay = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`;
  await using media = await startTestMedia('a', { play: { tokenKeys: [], onPlay } });
  const { port } = media.host;
  const path = '/cam/mpegts';
  const { each } = SHARES.viewers;
  try {
    await media.place('cam', { at: 'here', epoch: 1 });
    const leaving = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    leaving.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(each));
    await eventually('the backend is asked', () => asked.length > 0);
    leaving.destroy();
    const haveLeft = ({ requests, inFlight }: MediaFigures) => requests === each && inFlight === 0;
    await eventually('they have left', () => haveLeft(media.host.figures));
    backend.on('request', (_, response) => response.end());
    for (const response of asked) response.end();
    await eventually('the next one plays', async () => {
      const next = await ask({ port, path, localAddress: '127.0.0.1' });
      next.destroy();
      return next.statusCode === 200;
    });
  } finally {
    backend.closeAllConnections();
    backend.close();
  }
});

test('one client that opens thousands of connections hinders no other client, and loses the connections beyond its share', async () => {
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

function ask(options: { port: number; path: string; localAddress: string }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) =>
    get({ ...options, host: '127.0.0.1', agent: false }, resolve).on('error', reject),
  );
}

test.run();
