import { getEventListeners } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { SourceGone } from '../../../src/archive/debts/return-peers.ts';
import { debtsTag } from '../../../src/archive/peers/return-request.ts';
import { homeOf } from '../../support/archive/return-server.ts';
import { eventually } from '../../support/eventually.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/peers/http-return-peers');

const NEVER = new AbortController().signal;
const PACK = { stream: 'cam01', epoch: 17, firstNumber: 900, startMs: 1_795_327_200_000 };
const RECEIPT = { ...PACK, home: 's02', session: 'n2', question: 'q', sha256: null };
const RANGE = { fromByte: 100, untilByte: 200 };
const LIMITS = { headMs: 300, idleMs: 300, leastBytesASecond: 1_000_000, listBytes: 10_000 };
const PART = { 'Content-Range': 'bytes 100-199/1000', 'Content-Length': 100 };

/** A server that answers as it likes. */
async function holderThat(answers: RequestListener) {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const home = homeOf(`http://127.0.0.1:${port}`, { limits: LIMITS });
  return {
    ...{ home, server },
    [Symbol.asyncDispose]: async () => {
      home[Symbol.dispose]();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const piece of pieces) bytes += piece.length;
  return bytes;
}

function reasonOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'it was taken',
    (error: unknown) => String(error),
  );
}

test('a holder that never answers, or stops in the middle, is given up', async () => {
  await using silent = await holderThat(() => {});
  assert.match(
    await reasonOf(silent.home.debts('s01', undefined, NEVER)),
    's01 cannot be reached: s01 has not answered in time',
  );
  assert.match(await reasonOf(bytesOf(silent.home.media('s01', PACK, RANGE, NEVER))), 'has not answered in time');
  await using stopping = await holderThat((_request, response) => {
    response.writeHead(206, PART);
    response.write(Buffer.alloc(50));
  });
  assert.match(await reasonOf(bytesOf(stopping.home.media('s01', PACK, RANGE, NEVER))), 'sends nothing any more');
});

test('a holder that sends a byte now and then is given up too; a home that is slow itself gives up nothing', async () => {
  await using dripping = await holderThat((_request, response) => {
    response.writeHead(206, PART);
    const timer = setInterval(() => response.write(Buffer.alloc(1)), 20);
    response.on('close', () => clearInterval(timer));
  });
  assert.match(await reasonOf(bytesOf(dripping.home.media('s01', PACK, RANGE, NEVER))), 'sends nothing any more');
  await using good = await holderThat((_request, response) => {
    response.writeHead(206, PART);
    response.write(Buffer.alloc(50));
    response.end(Buffer.alloc(50));
  });
  await using silent = await holderThat(() => {});
  let bytes = 0;
  for await (const piece of good.home.media('s01', PACK, RANGE, NEVER)) {
    bytes += piece.length;
    // Longer than the holder may be idle.
    for (let tries = 0; tries < 2; tries += 1) await reasonOf(silent.home.debts('s01', undefined, NEVER));
  }
  assert.is(bytes, 100);
});

test('other bytes than were asked for are refused: another range, too many, too few, a broken connection', async () => {
  const answers: Readonly<Record<string, RequestListener>> = {
    'other bytes': (_request, response) => response.writeHead(200).end(Buffer.alloc(100)),
    'other bytes than': (_request, response) => {
      response.writeHead(206, { ...PART, 'Content-Range': 'bytes 0-99/1000' }).end(Buffer.alloc(100));
    },
    'more bytes': (_request, response) => {
      response.writeHead(206, { 'Content-Range': PART['Content-Range'] }).end(Buffer.alloc(101));
    },
    'has sent 40 of 100': (_request, response) => {
      response.writeHead(206, { 'Content-Range': PART['Content-Range'] }).end(Buffer.alloc(40));
    },
    's01: aborted': (_request, response) => {
      response.writeHead(206, PART);
      response.write(Buffer.alloc(40), () => response.destroy());
    },
  };
  for (const [why, listener] of Object.entries(answers)) {
    await using holder = await holderThat(listener);
    assert.match(await reasonOf(bytesOf(holder.home.media('s01', PACK, RANGE, NEVER))), why);
  }
});

test('an answer that is garbage, of another server, or too long is refused with a reason', async () => {
  const list = { server: 's09', session: 'n9', debts: [], resting: { packs: 0, bytes: 0 } };
  const answers: Readonly<Record<string, string>> = {
    'it is no JSON': 'garbage',
    'not understood: session': JSON.stringify({ ...list, session: 1 }),
    'the address of s01 leads to s09': JSON.stringify(list),
    'answers more than 10000 bytes': ' '.repeat(20_000),
  };
  for (const [why, text] of Object.entries(answers)) {
    await using holder = await holderThat((_request, response) => response.end(text));
    assert.match(await reasonOf(holder.home.debts('s01', undefined, NEVER)), why);
    assert.match(await reasonOf(holder.home.receipt('s01', RECEIPT, NEVER)), /not understood|more than/);
  }
});

test('a list that has not changed is not sent again, and only a home that has it takes that for an answer', async () => {
  const list = (session: string, next?: string) =>
    JSON.stringify({ server: 's01', session, debts: [], resting: { packs: 0, bytes: 0 }, next });
  const asked: (string | undefined)[] = [];
  const answers: RequestListener[] = [];
  await using holder = await holderThat((request, response) => {
    asked.push(request.headers['if-none-match']);
    answers.shift()?.(request, response);
  });
  const after = async (cursor: string | undefined, ...answer: RequestListener[]) => {
    answers.push(...answer);
    return (await holder.home.debts('s01', cursor, NEVER)).session;
  };
  const tells =
    (text: string, tag?: string): RequestListener =>
    (_request, response) =>
      response.writeHead(200, tag === undefined ? {} : { ETag: tag }).end(text);
  const tagged = (text: string) => tells(text, debtsTag(text));
  const same: RequestListener = (_request, response) => response.writeHead(304).end();
  assert.match(await reasonOf(after(undefined, same)), 's01 answers 304');
  assert.is(await after(undefined, tagged(list('n1', 'c'))), 'n1');
  assert.is(await after('c', tagged(list('n2'))), 'n2');
  assert.is(await after(undefined, same), 'n1');
  assert.is(await after('c', same), 'n2');
  assert.is(await after(undefined, tagged(list('n3', 'c'))), 'n3');
  assert.match(await reasonOf(after('c', same)), 's01 answers 304', 'behind another first page');
  assert.match(await reasonOf(after(undefined, tagged('garbage'))), 'no JSON');
  assert.is(await after(undefined, same), 'n3');
  assert.match(await reasonOf(after(undefined, tells(list('n5'), debtsTag(list('n4'))))), 'has changed on its way');
  assert.is(await after(undefined, same), 'n3', 'what has changed on its way is not remembered');
  assert.is(await after(undefined, tells(list('n6'))), 'n6');
  assert.match(await reasonOf(after(undefined, same)), 's01 answers 304');
  const [one, two, three] = [list('n1', 'c'), list('n2'), list('n3', 'c')].map(debtsTag);
  const none = undefined;
  assert.equal(asked, [none, none, none, one, two, one, none, three, three, three, three, three, none]);
});

test('refusals are told with the words of the holder; only a pack that is missing is told as gone', async () => {
  await using holder = await holderThat((request, response) => {
    response.writeHead(request.url?.includes('debts') ? 503 : 404).end(JSON.stringify({ error: 'not now' }));
  });
  assert.is(await reasonOf(holder.home.debts('s01', undefined, NEVER)), 'Error: not now');
  for (const asked of [holder.home.index('s01', PACK, NEVER), bytesOf(holder.home.media('s01', PACK, RANGE, NEVER))]) {
    await asked.then(
      () => assert.unreachable('it was taken'),
      (error: unknown) => assert.instance(error, SourceGone),
    );
  }
  assert.is(await reasonOf(holder.home.receipt('s01', RECEIPT, NEVER)), 'Error: not now');
  assert.match(await reasonOf(holder.home.debts('s07', undefined, NEVER)), 'there is no server s07');
});

test('a home that gives up ends the request, and leaves no connection behind', async () => {
  await using holder = await holderThat((_request, response) => {
    response.writeHead(206, PART);
    response.write(Buffer.alloc(50));
  });
  const connections = () =>
    new Promise<number>((resolve) => holder.server.getConnections((_error, count) => resolve(count)));
  const giving = new AbortController();
  const pieces = holder.home.media('s01', PACK, RANGE, giving.signal);
  assert.is((await pieces.next()).value?.length, 50);
  const next = reasonOf(pieces.next());
  giving.abort(new Error('the server ends'));
  assert.match(await next, 'the server ends');
  await eventually('its connection has ended', async () => (await connections()) === 0);
  for await (const _piece of holder.home.media('s01', PACK, RANGE, NEVER)) break;
  await eventually('its connection has ended too', async () => (await connections()) === 0);
});

test('a signal that outlives its questions keeps nothing of them, whichever way they end', async () => {
  const list = JSON.stringify({ server: 's01', session: 'n1', debts: [], resting: { packs: 0, bytes: 0 } });
  await using holder = await holderThat(({ url = '', headers }, response) => {
    if (url.includes('debts')) response.end(list);
    else if (headers.range === undefined) response.writeHead(404).end('{"error":"gone"}');
    else response.writeHead(206, PART).write(Buffer.alloc(50), () => response.destroy());
  });
  const { signal } = new AbortController();
  const { home } = holder;
  await home.debts('s01', undefined, signal);
  assert.match(await reasonOf(home.index('s01', PACK, signal)), 'gone');
  assert.match(await reasonOf(bytesOf(home.media('s01', PACK, RANGE, signal))), 'aborted');
  await using silent = await holderThat(() => {});
  assert.match(await reasonOf(silent.home.debts('s01', undefined, signal)), 'has not answered in time');
  for await (const _piece of home.media('s01', PACK, RANGE, signal)) break;
  await eventually('no listener is left', () => getEventListeners(signal, 'abort').length === 0);
});

test.run();
