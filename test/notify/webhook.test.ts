import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { text } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { webhookSender } from '../../src/notify/webhook.ts';
import { sideBySide } from '../support/side-by-side.ts';
import { STALLED } from '../support/stalled-event.ts';

const test = sideBySide('notify/webhook', { atOnce: 10, deadlineMs: 20_000 });

const SECRET = 'kJ8sW2xQz7Lm4pRt';

/** A receiver on a free port; `answer` gets the request when its body is there. */
async function receiver(answer: (request: IncomingMessage, body: string, response: ServerResponse) => void) {
  const requests: { readonly headers: IncomingMessage['headers']; readonly url: string; readonly body: string }[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    requests.push({ headers: request.headers, url: request.url ?? '', body });
    answer(request, body, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    connections: () => connections,
    url: `http://127.0.0.1:${port}/hooks/1?x=y`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function senderTo(url: string, more: { readonly secret?: string; readonly withinMs?: number } = {}) {
  const { withinMs = 5000, ...secret } = more;
  const hook = { type: 'webhook', name: 'a test', url, kinds: [], ...secret } as const;
  const sender = webhookSender(hook, { server: 's1', version: '1.2.3', withinMs });
  return { ...sender, [Symbol.dispose]: sender.close };
}

const ok = (_request: IncomingMessage, _body: string, response: ServerResponse) => void response.end('ok');

test('events are posted as JSON, signed with their time; the connection is used again', async () => {
  await using hook = await receiver(ok);
  using sender = senderTo(hook.url, { secret: SECRET });
  assert.equal(await sender.send([STALLED, STALLED], 'id1'), { ok: true });
  assert.equal(await sender.send([STALLED], 'id2'), { ok: true });
  const [{ headers, url, body } = { headers: {}, url: '', body: '' }] = hook.requests;
  assert.is(url, '/hooks/1?x=y');
  assert.equal(JSON.parse(body), { server: 's1', id: 'id1', events: [STALLED, STALLED] });
  assert.equal(
    [headers['content-type'], headers['x-streamherd-id'], headers['user-agent']],
    ['application/json', 'id1', 'streamherd/1.2.3'],
  );
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-streamherd-signature'])) ?? [];
  assert.is(v1, createHmac('sha256', SECRET).update(`${t}.${body}`).digest('hex'));
  assert.ok(Math.abs(Number(t) - Date.now() / 1000) < 60);
  assert.is(hook.connections(), 1);
});

test('without a secret nothing is signed; user and password of the URL are a header', async () => {
  await using hook = await receiver(ok);
  using sender = senderTo(hook.url.replace('//', '//u%40x:p%3Aw@'));
  await sender.send([STALLED], 'id1');
  const headers = hook.requests[0]?.headers ?? {};
  assert.is(headers['x-streamherd-signature'], undefined);
  assert.is(headers.authorization, `Basic ${btoa('u@x:p:w')}`);
});

for (const [status, why, isFinal] of [
  [500, 'it answers 500', false],
  [429, 'it answers 429', false],
  [401, 'it answers 401', false],
  [400, 'it answers 400', true],
  [413, 'it answers 413', true],
] as const) {
  test(`an answer ${status} is ${isFinal ? 'a refusal for good' : 'a failure that is tried again'}`, async () => {
    await using hook = await receiver((_request, _body, response) => {
      response.writeHead(status).end('secret words of the receiver');
    });
    using sender = senderTo(hook.url);
    assert.equal(await sender.send([STALLED], 'id1'), { ok: false, why, isFinal });
  });
}

test('a redirect is not followed, and nothing signed goes elsewhere', async () => {
  await using other = await receiver(ok);
  await using hook = await receiver((_request, _body, response) => {
    response.writeHead(307, { location: other.url }).end();
  });
  using sender = senderTo(hook.url, { secret: SECRET });
  const outcome = await sender.send([STALLED], 'id1');
  assert.match(outcome.ok ? '' : outcome.why, 'it redirects (307), which is not followed');
  assert.is(other.requests.length, 0);
});

test('a receiver that never answers, and one that takes the connection and reads nothing, are given up in time', async () => {
  await using hook = await receiver(() => undefined);
  using sender = senderTo(hook.url, { withinMs: 200 });
  assert.equal(await sender.send([STALLED], 'id1'), { ok: false, why: 'it did not answer within 0.2 s' });
  const sockets = new Set<{ destroy(): void }>();
  const mute = createTcpServer(
    { pauseOnConnect: true },
    (socket) => void sockets.add(socket.on('error', () => undefined)),
  );
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as AddressInfo;
  using toMute = senderTo(`http://127.0.0.1:${port}/`, { withinMs: 200 });
  const large = { ...STALLED, why: 'x'.repeat(20_000_000) };
  assert.equal(await toMute.send([large], 'id2'), { ok: false, why: 'it did not answer within 0.2 s' });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => mute.close(resolve));
});

test('an answer without end is not read: the events were taken, and the connection is closed', async () => {
  let closed = () => {};
  const ended = new Promise<void>((resolve) => {
    closed = resolve;
  });
  await using hook = await receiver((_request, _body, response) => {
    response.on('close', closed);
    const flood = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', flood);
    };
    flood();
  });
  using sender = senderTo(hook.url);
  assert.equal(await sender.send([STALLED], 'id1'), { ok: true });
  await ended;
});

test('headers without end, garbage in place of HTTP, and an end before the answer are failures', async () => {
  for (const said of [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`, 'SSH-2.0-OpenSSH_9\r\n', '']) {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.end(said);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    using sender = senderTo(`http://127.0.0.1:${port}/`);
    const outcome = await sender.send([STALLED], 'id1');
    assert.is(outcome.ok, false);
    assert.not.match(JSON.stringify(outcome), '127.0.0.1');
    sender.close();
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a name that is none, and a port where nothing listens, are said without the address', async () => {
  using unknown = senderTo('http://no-such-host.invalid/T0PS3CRET');
  const outcome = await unknown.send([STALLED], 'id1');
  assert.match(outcome.ok ? '' : outcome.why, /^(?:there is no such host|the name of the host cannot be looked up)$/);
  await using hook = await receiver(ok);
  const { url } = hook;
  await hook[Symbol.asyncDispose]();
  using silent = senderTo(url);
  assert.equal(await silent.send([STALLED], 'id1'), { ok: false, why: 'nothing listens there' });
});

test.run();
