import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { type ApiHandler, ApiHost } from '../../../src/http/api/api-host.ts';
import { Clients, SHARES, type ShareKind } from '../../../src/http/clients.ts';
import { ApiBridge } from '../../../src/http/public/api-bridge.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/public/api-bridge');

/** Both ends of the bridge in this thread, behind an HTTP server. `before` is awaited before a request is carried. */
async function bridged(handler: ApiHandler, { answerWithinMs = 30_000, before = async () => {} } = {}) {
  const clients = new Clients([]);
  const bridge = new ApiBridge(clients, answerWithinMs);
  const connectApi = () => {
    const { port1, port2 } = new MessageChannel();
    const api = new ApiHost(
      handler,
      (message) => port2.postMessage(message),
      () => {},
    );
    port2.on('message', (message) => api.receive(message));
    port2.on('close', () => api.abortAll());
    bridge.connect(port1);
    return port2;
  };
  const ports = [connectApi()];
  const seen = { came: 0, left: 0 };
  const server = createServer(async (request, response) => {
    seen.came += 1;
    response
      .on('error', () => {})
      .on('close', () => {
        seen.left += 1;
      });
    await before();
    await bridge.carry(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ clients, port, seen },
    url: `http://127.0.0.1:${port}`,
    beginAnew: () => void ports.push(connectApi()),
    async [Symbol.asyncDispose]() {
      for (const each of ports) each.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A body that sends nothing and does not end, and whether the API was told to end it. */
function silent(told: { cancelled: number }): ReadableStream {
  return new ReadableStream({
    cancel: () => {
      told.cancelled += 1;
    },
  });
}

for (const [kind, headers] of [
  ['followers', { 'Content-Type': 'text/event-stream' }],
  ['mp4s', { 'Content-Type': 'video/mp4', 'Content-Disposition': 'attachment' }],
] as const) {
  test(`${kind}: an answer that is refused because its client holds its share is not made any further`, async () => {
    const told = { cancelled: 0 };
    await using api = await bridged(async () => new Response(silent(told), { headers }));
    const leaving = new AbortController();
    const ask = () => fetch(api.url, { signal: leaving.signal });
    for (let held = 0; held < SHARES[kind].each; held += 1) assert.is((await ask()).status, 200);
    assert.is((await ask()).status, 503);
    await eventually('the API has ended it', () => told.cancelled === 1);
    leaving.abort();
    await eventually('it has ended the others', () => told.cancelled === 1 + SHARES[kind].each);
  });
}

test('a request that got no answer in time is given up, and its answer does no harm when it comes after all', async () => {
  const late = { isGivenUp: false, answer: () => {} };
  const told = { cancelled: 0 };
  const handler: ApiHandler = async ({ url, signal }) => {
    if (url.endsWith('/changes'))
      return new Response(silent(told), { headers: { 'Content-Type': 'text/event-stream' } });
    if (!url.endsWith('/slow')) return new Response('at once');
    signal.addEventListener('abort', () => {
      late.isGivenUp = true;
    });
    await new Promise<void>((resolve) => {
      late.answer = resolve;
    });
    return new Response('too late');
  };
  await using api = await bridged(handler, { answerWithinMs: 100 });
  // The refusal of the second request waits behind the first answer, which does not end: so its response does not close.
  const client = connect(api.port, '127.0.0.1').on('error', () => {});
  let received = '';
  client.on('data', (bytes) => {
    received += bytes;
  });
  client.write(['/changes', '/slow'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
  await eventually('the API is told', () => late.isGivenUp);
  late.answer();
  assert.is(await (await fetch(`${api.url}/other`)).text(), 'at once');
  assert.match(received, /^HTTP\/1.1 200 OK/);
  assert.is(told.cancelled, 0);
  assert.is(free('questions', api.clients), SHARES.questions.all);
  client.destroy();
});

test('when the API begins anew, an answer that has been made goes on to its client, and one that was being made breaks off', async () => {
  const bytes = 8 * 1024 * 1024;
  const told = { cancelled: 0 };
  const handler: ApiHandler = async ({ url }) => {
    if (url.endsWith('/endless')) return new Response(silent(told));
    return new Response(new Uint8Array(bytes));
  };
  await using api = await bridged(handler);
  const made = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${api.url}/made`, { agent: false }, resolve).on('error', reject);
  });
  made.pause();
  const endless = await fetch(`${api.url}/endless`);
  api.beginAnew();
  const broken = await endless.text().then(
    () => 'it ended as if it were whole',
    () => 'broken',
  );
  assert.is(broken, 'broken');
  let read = 0;
  for await (const piece of made) read += piece.length;
  assert.is(read, bytes);
});

test('a client that has left before its request is carried holds nothing, and nothing is asked for it', async () => {
  const asked: string[] = [];
  let carry = () => {};
  const before = new Promise<void>((resolve) => {
    carry = resolve;
  });
  const handler: ApiHandler = async ({ url }) => {
    asked.push(url);
    return new Response('it is answered');
  };
  await using api = await bridged(handler, { before: () => before });
  const client = connect(api.port, '127.0.0.1').on('error', () => {});
  client.write('GET /left HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually('its request has come', () => api.seen.came === 1);
  client.resetAndDestroy();
  await eventually('it has left', () => api.seen.left === 1);
  carry();
  assert.is(await (await fetch(`${api.url}/next`)).text(), 'it is answered');
  assert.is(asked.length, 1);
  assert.is(free('questions', api.clients), SHARES.questions.all);
});

/** What of it nothing holds. */
function free(kind: ShareKind, clients: Clients): number {
  const { all, each } = SHARES[kind];
  const taken = Array.from({ length: all }, (_, index) => clients.take(kind, `10.0.0.${Math.floor(index / each)}`));
  return taken.filter((release) => release !== undefined).length;
}

test.run();
