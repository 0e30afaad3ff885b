import * as assert from 'uvu/assert';
import { herdPlayKey, playTokenVerifier } from '../../../src/host/play-token.ts';
import { createApi } from '../../../src/http/api/api.ts';
import { memoryHerd } from '../../support/herd-api.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/api/play-token');

const KEY = herdPlayKey('the key of the herd');
const users = [
  { name: 'admin', password: 'se:cret-word', role: 'edit' },
  { name: 'guest', password: 'battery-staple', role: 'view' },
] as const;
const STRANGER = { remoteAddress: '10.0.0.9', isSecure: false, isLocal: false };

async function ask({ playKey, viewAuth }: { playKey?: string; viewAuth: boolean }, user?: string) {
  const policy = { users, viewAuth, trustedProxies: [], publicUrl: 'http://s01:8080', playKey };
  const api = createApi({ herd: memoryHerd(), policy });
  const headers = user === undefined ? {} : { authorization: `Basic ${btoa(user)}` };
  const response = await api.fetch(new Request('http://s01:8080/api/v1/play-token', { headers }), STRANGER);
  return { status: response.status, token: ((await response.json()) as { token?: string | null }).token };
}

test('a user who may see the herd gets a token that plays all of it; strangers and wrong passwords get none', async () => {
  const admin = 'admin:se:cret-word';
  const guest = 'guest:battery-staple';
  for (const [user, viewAuth, status] of [
    [admin, false, 200],
    [admin, true, 200],
    [guest, true, 200],
    [guest, false, 200],
    [undefined, true, 401],
    [undefined, false, 401],
    ['admin:wrong-word', false, 401],
  ] as const) {
    const answer = await ask({ playKey: KEY, viewAuth }, user);
    assert.is(answer.status, status, `${user}, view_auth ${viewAuth}`);
    if (status !== 200) assert.is(answer.token, undefined);
    else assert.equal(playTokenVerifier([KEY])(answer.token ?? ''), { stream: '*' });
  }
});

test('where every viewer may play there is no token', async () => {
  assert.is((await ask({ viewAuth: false }, 'admin:se:cret-word')).token, null);
});

test.run();
