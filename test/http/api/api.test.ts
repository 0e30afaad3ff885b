import * as assert from 'uvu/assert';
import { createApi } from '../../../src/http/api/api.ts';
import { SESSION_PATH } from '../../../src/http/api/app.ts';
import { QUESTION_PATH } from '../../../src/http/api/archive/herd-archive.ts';
import { startTestApi } from '../../support/api-over-media.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/api/api');

const admin = { name: 'admin', password: 'se:cret', role: 'edit' } as const;
const POLICY = { users: [admin], viewAuth: false, trustedProxies: [], publicUrl: 'http://s01:8080' };
const STRANGER = { remoteAddress: '10.0.0.9', isSecure: false, isLocal: false };
const AUTHORIZATION = `Basic ${Buffer.from('admin:se:cret').toString('base64')}`;
const edit = { headers: { authorization: AUTHORIZATION } };

/** So that no work of the API delays them. */
const ANSWERED_BY_THE_LISTENER = ['GET /livez', 'GET /readyz'];

function testApi(policy: Partial<typeof POLICY> = {}) {
  const herd = memoryHerd();
  const api = createApi({ herd, policy: { ...POLICY, ...policy } });
  const ask = async (target: string, init: RequestInit = {}, client = STRANGER) => {
    const response = await api.fetch(new Request(`http://s01:8080${target}`, init), client);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return { herd, api, ask };
}

test('streams are published, shown and removed, names with slashes too', async () => {
  const { ask } = testApi();
  const body = JSON.stringify({ url: 'rtsp://user:pass@10.1.1.7/h264', title: 'Gate' });
  assert.is((await ask('/api/v1/streams/hall/cam1', { method: 'PUT', body, ...edit })).status, 201);
  assert.is((await ask('/api/v1/streams/hall%2Fcam1', { method: 'PUT', body, ...edit })).status, 200);
  assert.equal(
    (await ask('/api/v1/streams')).json.streams.map((stream: { name: string }) => stream.name),
    ['hall/cam1'],
  );
  const shown = await ask('/api/v1/streams/hall/cam1');
  assert.is(shown.json.definition.title, 'Gate');
  assert.not.match(shown.text, 'pass@');
  assert.match((await ask('/api/v1/streams/hall/cam1', edit)).text, 'user:pass@');
  assert.not.match((await ask('/api/v1/streams')).text, 'pass');
  assert.is((await ask('/api/v1/streams/hall/cam1', { method: 'DELETE', ...edit })).status, 200);
  assert.is((await ask('/api/v1/streams/hall/cam1')).status, 404);
  assert.is((await ask('/api/v1/streams/hall/cam1', { method: 'DELETE', ...edit })).status, 404);
});

test('a viewer sees definitions without their passwords; a client on the host sees them with passwords', async () => {
  const guest = { name: 'guest', password: 'battery-staple', role: 'view' } as const;
  const { ask } = testApi({ users: [admin, guest], viewAuth: true } as object);
  const body = JSON.stringify({ url: 'rtsp://user:pass@10.1.1.7/h264' });
  await ask('/api/v1/streams/cam', { method: 'PUT', body, ...edit });
  const asGuest = { headers: { authorization: `Basic ${btoa('guest:battery-staple')}` } };
  assert.match((await ask('/api/v1/streams/cam', asGuest)).text, 'user:***@');
  assert.match((await ask('/api/v1/streams/cam', {}, { ...STRANGER, isLocal: true })).text, 'user:pass@');
  assert.is((await ask('/api/v1/streams/cam', { method: 'DELETE', ...asGuest })).status, 403);
});

test('with view_auth strangers get health and nothing else, the page included', async () => {
  const { ask, api } = testApi({ viewAuth: true });
  const targets = api.routes.flatMap((route) => (route.startsWith('GET ') ? [route.slice(4)] : []));
  assert.ok(targets.length > 8 && targets.includes('/') && targets.includes('/metrics'));
  for (const target of [...targets, '/api/v1/nothing']) {
    const isOpen = target === '/livez' || target === '/readyz' || target === SESSION_PATH;
    const { status, headers, text } = await ask(target.replace('{name}', 'cam'));
    assert.is(status, isOpen ? 200 : 401, target);
    assert.is(headers.has('www-authenticate'), !isOpen);
    assert.ok(text.length < 200, 'it tells little');
  }
  const page = await ask('/', edit);
  assert.is(page.status, 200);
  assert.match(page.text, '<title>streamherd</title>');
  assert.match(page.headers.get('content-type') ?? '', 'text/html');
});

test('each change that was made is told as an event, with its author; a change that was refused, or a dry run, is not', async () => {
  const { ask, herd } = testApi();
  const body = '{"url": "test:"}';
  await ask('/api/v1/streams/cam', { method: 'PUT', body, ...edit });
  await ask('/api/v1/streams/cam', { method: 'PUT', body, ...edit });
  await ask('/api/v1/streams/cam', { method: 'PUT', body: '{}', ...edit });
  await ask('/api/v1/streams/cam', { method: 'DELETE' });
  const move = { method: 'POST', body: '{"server": "s02"}' };
  await ask('/api/v1/streams/cam/move', move, { ...STRANGER, isLocal: true });
  await ask('/api/v1/servers/s01/drain', { method: 'POST', ...edit });
  await ask('/api/v1/servers/s01/undrain', { method: 'POST', ...edit });
  await ask('/api/v1/servers/s09/drain', { method: 'POST', ...edit });
  await ask('/api/v1/servers/s02', { method: 'DELETE', ...edit });
  const applied = { method: 'POST', body: '{"file": "s01", "streams": {"a": {"url": "test:"}}}', ...edit };
  await ask('/api/v1/apply?dry_run=1', applied);
  await ask('/api/v1/apply', applied);
  await ask('/api/v1/streams/cam', { method: 'DELETE', ...edit });
  const admins = 'admin (edit) from 10.0.0.9';
  assert.equal(
    herd.log.map(({ kind, by, why }) => [kind, by, why]),
    [
      ['operator-acted', admins, 'it is defined'],
      ['operator-acted', admins, 'its definition is replaced'],
      ['operator-acted', 'the local socket', 'it is to move to s02'],
      ['operator-acted', admins, 's01 is to hand its streams to the others'],
      ['operator-acted', admins, 's01 may have streams again'],
      ['operator-acted', admins, 's02 is taken off the list'],
      ['operator-acted', admins, 'the file of s01 is applied; definitions written: 1'],
      ['operator-acted', admins, 'its definition is removed'],
    ],
  );
});

test('a bad definition is refused with its problems', async () => {
  const { ask } = testApi();
  const refused = await ask('/api/v1/streams/cam', { method: 'PUT', body: '{"url": "file:///etc/passwd"}', ...edit });
  assert.is(refused.status, 400);
  assert.is(refused.json.problems[0].path, 'url');
  assert.is((await ask('/api/v1/streams/-cam', { method: 'PUT', body: '{}', ...edit })).status, 400);
  const scrubbed = JSON.stringify({ url: 'rtsp://user:***@10.1.1.7/h264' });
  assert.match((await ask('/api/v1/streams/cam', { method: 'PUT', body: scrubbed, ...edit })).json.error, 'password');
});

test('a stream named like an action is not mistaken for it', async () => {
  const { ask, herd } = testApi();
  await ask('/api/v1/streams/a/move', { method: 'PUT', body: '{"url": "test:"}', ...edit });
  assert.is((await ask('/api/v1/streams/a/move')).json.status.name, 'a/move');
  const body = '{"server": "s02"}';
  assert.is((await ask('/api/v1/streams/a/move/move', { method: 'POST', body, ...edit })).status, 200);
  assert.equal(herd.asked, ['move a/move s02']);
  assert.is((await ask('/api/v1/streams/a/move/move', { method: 'POST', body: '[]', ...edit })).status, 400);
});

test('where: live, nowhere, unknown', async () => {
  const { ask } = testApi();
  for (const name of ['cam', 'gap']) {
    await ask(`/api/v1/streams/${name}`, { method: 'PUT', body: '{"url": "test:"}', ...edit });
  }
  const live = await ask('/api/v1/where/cam');
  assert.is(live.json.server, 's01');
  assert.is(live.json.found, undefined);
  const nowhere = await ask('/api/v1/where/gap');
  assert.is(nowhere.status, 503);
  assert.ok(nowhere.headers.get('retry-after'));
  assert.is((await ask('/api/v1/where/none')).status, 404);
});

test('servers are drained, undrained, removed and asked about with what-if', async () => {
  const { ask, herd } = testApi();
  for (const action of ['drain', 'undrain']) {
    assert.is((await ask(`/api/v1/servers/s01/${action}`, { method: 'POST', ...edit })).status, 200);
  }
  assert.is((await ask('/api/v1/servers/s02', { method: 'DELETE', ...edit })).status, 200);
  assert.equal(herd.asked, ['drain s01', 'undrain s01', 'remove s02']);
  assert.is((await ask('/api/v1/servers/s09/drain', { method: 'POST', ...edit })).status, 404);
  assert.is((await ask('/api/v1/what-if?without=s01')).json.without, 's01');
  assert.is((await ask('/api/v1/what-if')).status, 400);
});

test('apply', async () => {
  const { ask, herd } = testApi();
  const body = JSON.stringify({ file: 's01', streams: { cam: { url: 'test:' } } });
  const applied = await ask('/api/v1/apply?dry_run=1', { method: 'POST', body, ...edit });
  assert.equal(applied.json.steps, [{ name: 'cam', action: 'create', why: 'new' }]);
  assert.equal(herd.asked, ['apply s01 true']);
  assert.is((await ask('/api/v1/apply', { method: 'POST', body: '{}', ...edit })).status, 400);
  assert.is((await ask('/api/v1/apply?dry_run=yes', { method: 'POST', body, ...edit })).status, 400);
});

test('nothing changes without edit_auth', async () => {
  const { ask, herd, api } = testApi();
  // What servers ask each other has a signature instead: archive-routes.test.ts. A login is for strangers: session-routes.test.ts.
  const changes = api.routes.filter(
    (route) => !route.startsWith('GET') && !route.endsWith(QUESTION_PATH) && !route.endsWith(SESSION_PATH),
  );
  assert.is(changes.length, 20);
  for (const route of changes) {
    const [method = '', path = ''] = route.split(' ');
    const target = path.replace('{name}', 's01');
    const wrong = { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` };
    const json = { 'content-type': 'application/json' };
    for (const headers of [{}, wrong, json]) {
      const answer = await ask(target, { method, body: method === 'DELETE' ? null : '{"url": "test:"}', headers });
      assert.is(answer.status, 401, `${route} ${JSON.stringify(headers)}`);
      assert.match(answer.headers.get('www-authenticate') ?? '', 'Basic');
    }
  }
  assert.equal(herd.asked, []);
  assert.is(herd.definitions.size, 0);
});

test('events: the past, bounded and filtered', async () => {
  const { ask, herd } = testApi();
  herd.happened({ at: '2026-11-22T06:00:00.000Z', stream: 'cam', kind: 'stream-claimed' });
  herd.happened({ at: '2026-11-22T06:00:01.000Z', stream: 'cam', kind: 'stream-live' });
  herd.happened({ at: '2026-11-22T06:00:02.000Z', kind: 'bus-lost' });
  const ids = async (query: string) => {
    const { text } = await ask(`/api/v1/events?follow=0${query}`);
    return [...text.matchAll(/^id: .*:(\d\d)\.000Z$/gm)].map(([, second]) => second);
  };
  assert.equal(await ids(''), ['00', '01', '02']);
  assert.equal(await ids('&since=2026-11-22T06:00:01Z'), ['01', '02']);
  assert.equal(await ids('&stream=cam'), ['00', '01']);
  assert.equal(await ids('&kind=stream-live,bus-lost'), ['01', '02']);
  assert.equal(await ids('&kind=stream-live&kind=stream-claimed'), ['00', '01']);
  assert.equal(await ids('&limit=1'), ['02']);
  for (const bad of ['follow=2', 'since=yesterday', 'kind=nonsense', 'stream=-x', 'limit=-1', 'limit=x']) {
    assert.is((await ask(`/api/v1/events?${bad}`)).status, 400, bad);
  }
});

test('events are followed over real HTTP, and the reader is forgotten when it leaves', async () => {
  const { herd, api } = testApi();
  await using media = await startTestApi('s01', api.fetch);
  const leaving = new AbortController();
  const response = await fetch(`${media.url}/api/v1/events`, { signal: leaving.signal });
  assert.is(response.headers.get('content-type'), 'text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  herd.happened({ why: 'first' });
  while (!text.includes('first')) text += (await reader?.read())?.value ?? '';
  herd.happened({ why: 'second' });
  while (!text.includes('second')) text += (await reader?.read())?.value ?? '';
  await eventually('it waits', () => herd.followers() === 1);
  leaving.abort();
  await eventually('it is let go', () => herd.followers() === 0);
});

test('metrics are text in the format of Prometheus', async () => {
  const { ask } = testApi();
  assert.match((await ask('/metrics')).headers.get('content-type') ?? '', 'text/plain; version=0.0.4');
});

test('the log is for users who may change things: its level, told as an act, and its newest lines', async () => {
  const { ask, herd } = testApi();
  const order = { method: 'POST', body: '{"level":"debug","subsystem":"nats"}' };
  assert.is((await ask('/api/v1/log', order)).status, 401);
  assert.is((await ask('/api/v1/log')).status, 401);
  assert.equal((await ask('/api/v1/log', { ...order, ...edit })).json, { why: 'debug, as asked' });
  assert.equal(herd.asked, ['log debug nats']);
  assert.match(herd.log.at(-1)?.why ?? '', 'this server logs at these levels: debug, as asked');
  assert.equal((await ask('/api/v1/log', edit)).json, { lines: ['a line'] });
  for (const body of ['', '{}', '{"level":"loud"}', '{"level":"debug","subsystem":"x"}', '{"level":["debug"]}']) {
    const refused = await ask('/api/v1/log', { method: 'POST', body, ...edit });
    assert.equal([refused.status, /expected a body like/.test(refused.json.error)], [400, true], body);
  }
});

test('receivers are tried by users who may change things', async () => {
  const { ask, herd } = testApi();
  assert.is((await ask('/api/v1/notify/test', { method: 'POST' })).status, 401);
  const { json } = await ask('/api/v1/notify/test', { method: 'POST', ...edit });
  assert.equal(json, { trials: [{ receiver: 'https://chat', ok: false, why: 'it answers 500' }] });
  assert.equal(herd.asked, ['test notify']);
  assert.is(herd.log.at(-1)?.kind, 'operator-acted');
});

test('an unknown path gets 404 and a method that it does not have 405, in JSON', async () => {
  const { ask } = testApi();
  assert.match((await ask('/api/v1/nothing')).json.error, '/api/v1/nothing');
  const wrong = await ask('/api/v1/servers', { method: 'DELETE' });
  assert.is(wrong.status, 405);
  assert.is(wrong.headers.get('allow'), 'GET');
  assert.is((await ask('/api/v1/streams', { method: 'OPTIONS' })).headers.get('access-control-allow-origin'), null);
});

test('the description describes every route, and nothing else', async () => {
  const { ask, api } = testApi();
  const { text, json } = await ask('/api/v1/openapi.json');
  const { paths, components } = json;
  const described = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.equal(described.sort(), [...api.routes, ...ANSWERED_BY_THE_LISTENER].sort());
  assert.is(json.openapi, '3.1.0');
  const refs = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? '');
  assert.equal(
    [...new Set(refs)].filter((name) => !Object.hasOwn(components.schemas, name)),
    [],
  );
  assert.equal(
    Object.keys(components.schemas).filter((name) => !refs.includes(name)),
    [],
  );
});

test('answers from a stale view say that they may be old', async () => {
  const { ask, herd } = testApi();
  await ask('/api/v1/streams/cam', { method: 'PUT', body: '{"url": "rtsp://10.0.0.1/x"}', ...edit });
  const paths = ['/api/v1/streams', '/api/v1/streams/cam', '/api/v1/servers', '/api/v1/where/cam'];
  for (const path of paths) assert.is((await ask(path)).json.stale, undefined, path);
  herd.staleSince = '2026-11-22T06:00:00.000Z';
  for (const path of paths) {
    assert.equal((await ask(path)).json.stale, { since: '2026-11-22T06:00:00.000Z', why: 'the bus is away' }, path);
  }
});

test.run();
