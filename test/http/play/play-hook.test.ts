import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { PlayHook } from '../../../src/http/play/play-hook.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/play/play-hook');

const VIEWER = { stream: 'gates/cam 1', address: '10.0.0.9', token: 'abc', agent: 'VLC/3.0' };

/** A backend that answers each question as `answer` does, and a hook that asks it by a clock that is turned by hand. */
async function backend(answer: (response: ServerResponse, asked: URLSearchParams) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { search, searchParams } = new URL(request.url ?? '', 'http://backend');
    asked.push(search);
    answer(response, searchParams);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let nowMs = 0;
  const hook = new PlayHook({ url: `http://127.0.0.1:${port}/may?site=a`, server: 's1', nowMs: () => nowMs });
  return {
    ...{ hook, asked },
    advance: (ms: number) => {
      nowMs += ms;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function says(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end('an answer that is not read');
}

test('the backend is told of the viewer, and asked again only when its answer is old', async () => {
  await using room = await backend((response) => says(response, 204));
  for (let time = 0; time < 3; time += 1) assert.is(await room.hook.judge(VIEWER), 'allowed');
  assert.equal(room.asked, ['?site=a&stream=gates%2Fcam+1&ip=10.0.0.9&token=abc&agent=VLC%2F3.0&server=s1']);
  room.advance(60_001);
  assert.is(await room.hook.judge(VIEWER), 'allowed');
  assert.is(room.asked.length, 2);
});

test('the backend says for how long its answer is good', async () => {
  await using room = await backend((response) => says(response, 200, { 'Cache-Control': 'private, max-age=600' }));
  await room.hook.judge(VIEWER);
  room.advance(599_000);
  await room.hook.judge(VIEWER);
  assert.is(room.asked.length, 1);
  room.advance(2000);
  await room.hook.judge(VIEWER);
  assert.is(room.asked.length, 2);
});

test('a viewer that is denied is denied for ten seconds; others have an answer of their own', async () => {
  await using room = await backend((response, asked) => says(response, asked.get('ip') === '10.0.0.9' ? 403 : 200));
  assert.is(await room.hook.judge(VIEWER), 'denied');
  assert.is(await room.hook.judge({ ...VIEWER, address: '10.0.0.8' }), 'allowed');
  assert.is(await room.hook.judge(VIEWER), 'denied');
  assert.is(room.asked.length, 2);
  room.advance(10_001);
  assert.is(await room.hook.judge(VIEWER), 'denied');
  assert.is(room.asked.length, 3);
});

test('a backend that fails lets the viewers that it has allowed go on, for ten minutes, and no others begin', async () => {
  let status = 200;
  await using room = await backend((response) => says(response, status, status === 302 ? { Location: '/' } : {}));
  assert.is(await room.hook.judge(VIEWER), 'allowed');
  for (status of [500, 302, 429]) {
    room.advance(100_000);
    assert.is(await room.hook.judge(VIEWER), 'allowed');
    assert.is(await room.hook.judge({ ...VIEWER, address: '10.0.0.8' }), 'unknown');
  }
  room.advance(600_000);
  assert.is(await room.hook.judge(VIEWER), 'unknown');
});

test('a thousand requests of one viewer are one question, and a backend that hangs is given up', async () => {
  await using room = await backend(() => {});
  const verdicts = await Promise.all(Array.from({ length: 1000 }, () => room.hook.judge(VIEWER)));
  assert.equal(new Set(verdicts), new Set(['unknown']));
  assert.is(room.asked.length, 1);
});

test('a thousand viewers at once never ask the backend more than 32 things at once', async () => {
  let [now, most] = [0, 0];
  await using room = await backend((response) => {
    now += 1;
    most = Math.max(most, now);
    setImmediate(() => {
      now -= 1;
      says(response, 200);
    });
  });
  const viewers = Array.from({ length: 250 }, (_, n) => ({ ...VIEWER, token: String(n) }));
  const verdicts = await Promise.all(viewers.map((viewer) => room.hook.judge(viewer)));
  assert.equal(new Set(verdicts), new Set(['allowed']));
  assert.ok(most <= 32, `${most} at once`);
});

test.run();
