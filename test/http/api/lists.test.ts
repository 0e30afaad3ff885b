import * as assert from 'uvu/assert';
import { createApi } from '../../../src/http/api/api.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/api/lists');

const POLICY = { users: [], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
const STRANGER = { remoteAddress: '10.0.0.9', isSecure: false, isLocal: false };
/** The host's own operator. */
const LOCAL = { remoteAddress: '', isSecure: false, isLocal: true };

function testApi() {
  const herd = memoryHerd();
  const api = createApi({ herd, policy: POLICY });
  const ask = (target: string, init: RequestInit = {}, client = STRANGER) =>
    api.fetch(new Request(`http://s01:8080${target}`, init), client);
  const define = (name: string) => ask(`/api/v1/streams/${name}`, { method: 'PUT', body: '{"url": "test:"}' }, LOCAL);
  return { herd, ask, define };
}

test('a list that the client has is not sent again, and one that has changed is', async () => {
  const { ask, define } = testApi();
  await define('cam1');
  for (const path of ['/api/v1/streams', '/api/v1/servers', '/api/v1/streams?limit=2']) {
    const first = await ask(path);
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await ask(path, { headers: { 'if-none-match': known } });
      assert.equal([again.status, await again.text()], [304, ''], known);
    }
    await define(`after${path.replace('?', '-').replace('=', '-')}`);
    assert.is((await ask(path, { headers: { 'if-none-match': etag } })).status, 200);
  }
});

test('a list in pages: each stream once, in the order of names', async () => {
  const { ask, define } = testApi();
  for (const name of ['e', 'a', 'd/x', 'b', 'c']) await define(name);
  const names: string[] = [];
  let path = '/api/v1/streams?limit=2';
  for (let pages = 0; path !== '' && pages < 5; pages += 1) {
    const page = (await (await ask(path)).json()) as { streams: { name: string }[]; next?: string };
    names.push(...page.streams.map(({ name }) => name));
    path = page.next === undefined ? '' : `/api/v1/streams?limit=2&after=${encodeURIComponent(page.next)}`;
  }
  assert.equal(names, ['a', 'b', 'c', 'd/x', 'e']);
  for (const bad of ['limit=0', 'limit=1001', 'limit=x', 'limit=1.5']) {
    assert.is((await ask(`/api/v1/streams?${bad}`)).status, 400, bad);
  }
});

test('the change feed goes on from the version of a list, and says when lists have to be read again', async () => {
  const { herd, ask, define } = testApi();
  await define('cam1');
  const version = (await ask('/api/v1/streams')).headers.get('etag')?.replaceAll('"', '') ?? '';
  await define('cam2');
  herd.happened({});
  const read = async (target: string, init: RequestInit = {}) => {
    const leaving = new AbortController();
    const response = await ask(target, { ...init, signal: leaving.signal });
    assert.is(response.headers.get('content-type'), 'text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!/\ndata: .*\n\n/.test(text)) text += (await reader?.read())?.value ?? '';
    leaving.abort();
    return text;
  };
  const changed = await read(`/api/v1/changes?since=${version}`);
  assert.match(changed, 'event: change');
  assert.match(changed, '"name":"cam2"');
  assert.not.match(changed, '"name":"cam1"');
  assert.match(await read('/api/v1/changes?since=other-7'), 'event: reset');
  assert.match(await read('/api/v1/changes', { headers: { 'last-event-id': version } }), '"name":"cam2"');
  assert.is((await ask('/api/v1/changes?since=%20')).status, 400);
});

test.run();
