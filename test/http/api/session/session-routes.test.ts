import * as assert from 'uvu/assert';
import { PAGE_HEADER, TOKEN_HEADER } from '../../../../src/domain/access/page-headers.ts';
import { createApi } from '../../../../src/http/api/api.ts';
import { SESSION_PATH } from '../../../../src/http/api/app.ts';
import { define, OPEN } from '../../../support/dashboard.ts';
import { memoryHerd } from '../../../support/herd-api.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('http/api/session/session-routes');
const admin = { name: 'admin', password: 'se:cret', role: 'edit' } as const;
const guest = { name: 'guest', password: 'battery-staple', role: 'view' } as const;
const ORIGIN = 'http://s01:8080';
const DRAIN = '/api/v1/servers/s01/drain';

function testApi(viewAuth = false) {
  const herd = memoryHerd();
  define(herd, 'cam1');
  const api = createApi({ herd, policy: { ...OPEN, users: [admin, guest], viewAuth } });
  const ask = async (path: string, { method = 'GET', headers = {}, body }: Asked = {}, remoteAddress = '10.0.0.9') => {
    const init = {
      method,
      headers: { host: 's01:8080', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const client = { remoteAddress, isSecure: false, isLocal: false };
    const response = await api.fetch(new Request(`${ORIGIN}${path}`, init), client);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : {},
    };
  };
  const logIn = async (user: string, password: string) => {
    const said = await ask(SESSION_PATH, { method: 'POST', headers: { origin: ORIGIN }, body: { user, password } });
    const cookie = said.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    return { ...said, cookie, page: { cookie, origin: ORIGIN, [TOKEN_HEADER]: said.json.token ?? '' } };
  };
  return { herd, ask, logIn };
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

test('a login gives a cookie and a token, a change needs both and the page’s Origin, and says the user’s name', async () => {
  const { herd, ask, logIn } = testApi();
  const { status, json, page, cookie } = await logIn('admin', 'se:cret');
  assert.equal([status, json.user, json.role], [200, 'admin', 'edit']);
  const drain = async (headers: Record<string, string>) => (await ask(DRAIN, { method: 'POST', headers })).status;
  const without = (name: string) => Object.fromEntries(Object.entries(page).filter(([each]) => each !== name));
  assert.is(await drain(without('cookie')), 401);
  assert.is(await drain(without(TOKEN_HEADER)), 403);
  assert.is(await drain({ ...page, [TOKEN_HEADER]: `${json.token}x` }), 403);
  assert.is(await drain(without('origin')), 403);
  assert.is(await drain({ ...page, origin: 'http://evil.example' }), 403);
  assert.equal(herd.asked, []);
  assert.is(await drain(page), 200);
  assert.equal(herd.asked, ['drain s01']);
  assert.is(herd.log.at(-1)?.by, 'admin (edit) from 10.0.0.9');
  assert.is((await ask(SESSION_PATH, { headers: { cookie } })).json.token, json.token, 'the page is loaded again');
  const other = await logIn('admin', 'se:cret');
  assert.is(await drain({ ...page, [TOKEN_HEADER]: other.json.token }), 403, 'the token of another session');
});

test('a session shows no passwords of cameras; the role of its user counts', async () => {
  const { ask, logIn } = testApi();
  const [one, two] = [await logIn('admin', 'se:cret'), await logIn('guest', 'battery-staple')];
  assert.match((await ask('/api/v1/streams/cam1', { headers: one.page })).text, 'user:***@');
  assert.is((await ask(DRAIN, { method: 'POST', headers: two.page })).status, 403);
});

test('a wrong password costs time, and the next one is not looked at', async () => {
  const { logIn } = testApi();
  const tries = ['a', 'b', 'c', 'd', 'e'];
  const statuses: number[] = [];
  for (const password of tries) statuses.push((await logIn('admin', password)).status);
  assert.equal(statuses, [401, 401, 401, 401, 429]);
  const right = await logIn('admin', 'se:cret');
  assert.is(right.status, 429, 'the right one waits too');
  assert.ok(Number(right.headers.get('retry-after')) >= 1);
  assert.is(right.cookie, '');
});

test('a page of another site logs no browser in or out, and what is no login is refused', async () => {
  const { ask, logIn } = testApi();
  const { page, cookie } = await logIn('admin', 'se:cret');
  const evil = { cookie, origin: 'http://evil.example' };
  const body = { user: 'admin', password: 'se:cret' };
  assert.is((await ask(SESSION_PATH, { method: 'POST', headers: evil, body })).status, 403);
  assert.is((await ask(SESSION_PATH, { method: 'DELETE', headers: evil })).status, 403);
  for (const wrong of [
    {},
    { user: 'a:b', password: '' },
    { user: 'x'.repeat(300), password: '' },
    'admin',
    null,
    { user: 1, password: 2 },
  ]) {
    const { status, json } = await ask(SESSION_PATH, { method: 'POST', headers: { origin: ORIGIN }, body: wrong });
    assert.is(status, 400);
    assert.match(json.error, 'expected a body like {"user": "admin"');
  }
  assert.is((await ask(SESSION_PATH, { headers: { cookie } })).json.user, 'admin');
  const out = await ask(SESSION_PATH, { method: 'DELETE', headers: page });
  assert.match(out.headers.get('set-cookie') ?? '', 'Max-Age=0');
  assert.is((await ask(DRAIN, { method: 'POST', headers: page })).status, 401, 'the cookie means nothing any more');
});

test('with view_auth a session sees what its user may, and a browser gets the form and not its own question', async () => {
  const { ask, logIn } = testApi(true);
  const list = '/api/v1/streams';
  const stranger = await ask(list);
  assert.equal([stranger.status, stranger.headers.has('www-authenticate')], [401, true], 'programs are asked as ever');
  const asPage = await ask(list, { headers: { [PAGE_HEADER]: '1' } });
  assert.equal([asPage.status, asPage.headers.has('www-authenticate')], [401, false]);
  const form = await ask('/', { headers: { accept: 'text/html,*/*' } });
  assert.equal([form.status, form.headers.has('www-authenticate')], [401, false]);
  assert.match(form.text, '<title>streamherd</title>');
  assert.match(form.headers.get('content-security-policy') ?? '', "script-src 'self'");
  assert.equal((await ask(SESSION_PATH)).json, { closed: true, logins: true });
  const { cookie } = await logIn('guest', 'battery-staple');
  assert.is((await ask(list, { headers: { cookie } })).status, 200);
  assert.is((await ask('/', { headers: { cookie, accept: 'text/html' } })).status, 200);
  const ended = await ask(list, { headers: { cookie: `${cookie}x` } });
  assert.equal([ended.status, ended.headers.has('www-authenticate')], [401, false]);
});

test.run();
