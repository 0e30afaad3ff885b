import * as assert from 'uvu/assert';
import type { ApiUser, Role } from '../../../src/domain/access/api-user.ts';
import { type AccessPolicy, accessOf, maySeeSecrets } from '../../../src/http/access/access.ts';
import type { Login } from '../../../src/http/access/logins.ts';
import { TrustedProxies } from '../../../src/http/client-address.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/access/access');

const admin: ApiUser = { name: 'admin', password: 'correct-horse', role: 'edit' };
const guest: ApiUser = { name: 'guest', password: 'battery-staple', role: 'view' };
const open: AccessPolicy = {
  users: [],
  viewAuth: false,
  trustedProxies: ['127.0.0.1'],
  publicUrl: 'http://s01.example:8080',
};
const closed: AccessPolicy = { ...open, users: [admin, guest], viewAuth: true };

const STRANGER: Login = { user: undefined, why: 'none' };
const WRONG: Login = { user: undefined, why: 'wrong' };

interface Given {
  readonly headers?: Record<string, string>;
  readonly remoteAddress?: string;
  readonly isLocal?: boolean;
  readonly isSecure?: boolean;
}

function ask(right: Role, policy: AccessPolicy, login: Login, given: Given = {}): number {
  const { remoteAddress = '10.0.0.9', isLocal = false, isSecure = false } = given;
  const headers: Record<string, string> = { host: 's01.example:8080', ...given.headers };
  const caller = { remoteAddress, isLocal, isSecure, header: (name: string) => headers[name] };
  const access = accessOf(right, caller, login, policy, new TrustedProxies(policy.trustedProxies));
  return access.granted ? 200 : access.status;
}

test('without edit_auth no client changes anything over TCP, from whatever address and with whatever headers', () => {
  for (const remoteAddress of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', '10.0.0.9', '']) {
    for (const headers of [{}, { host: 'localhost:8080' }, { 'x-forwarded-for': '127.0.0.1' }, { host: '127.0.0.1' }]) {
      assert.is(
        ask('edit', open, STRANGER, { remoteAddress, headers }),
        403,
        `${remoteAddress} ${JSON.stringify(headers)}`,
      );
    }
  }
});

test('by the socket of the host everything is granted, with edit_auth and without', () => {
  for (const policy of [open, closed]) {
    assert.is(ask('edit', policy, STRANGER, { remoteAddress: '', isLocal: true }), 200);
    assert.is(ask('view', policy, STRANGER, { remoteAddress: '', isLocal: true }), 200);
  }
});

test('roles: "edit" changes and sees, "view" sees, strangers see where there is no view_auth', () => {
  assert.is(ask('edit', closed, { user: admin }), 200);
  assert.is(ask('edit', closed, { user: guest }), 403);
  assert.is(ask('edit', closed, STRANGER), 401);
  assert.is(ask('edit', closed, WRONG), 401);
  assert.is(ask('view', closed, { user: admin }), 200);
  assert.is(ask('view', closed, { user: guest }), 200);
  assert.is(ask('view', closed, STRANGER), 401);
  assert.is(ask('view', { ...closed, viewAuth: false }, STRANGER), 200);
  assert.is(ask('edit', { ...closed, users: [guest] }, { user: guest }), 403);
});

test('an address that failed too often is told when to try again', () => {
  const access = accessOf(
    'edit',
    { remoteAddress: '10.0.0.9', isLocal: false, header: () => undefined },
    { user: undefined, why: 'wait', retryAfterS: 8 },
    closed,
    new TrustedProxies([]),
  );
  assert.equal(access, {
    ...{ granted: false, status: 429, retryAfterS: 8 },
    why: 'too many wrong passwords: try again in 8 s',
  });
});

test('no page of another site changes anything, even if the browser knows the password', () => {
  const by = (headers: Record<string, string>, remoteAddress = '10.0.0.9') =>
    ask('edit', closed, { user: admin }, { headers, remoteAddress });
  assert.is(by({ origin: 'http://evil.example' }), 403);
  assert.is(by({ origin: 'null' }), 403);
  assert.is(by({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.is(by({ 'sec-fetch-site': 'same-site' }), 403);
  assert.is(by({ origin: 'http://s01.example:8080', 'sec-fetch-site': 'same-origin' }), 200);
  const secure = { headers: { origin: 'https://s01.example:8080' }, isSecure: true };
  assert.is(ask('edit', closed, { user: admin }, secure), 200);
  assert.is(ask('edit', closed, { user: admin }, { ...secure, isSecure: false }), 403, 'a page without TLS');
  const proxied = {
    host: '127.0.0.1:8080',
    origin: 'https://herd.example',
    'x-forwarded-host': 'herd.example',
    'x-forwarded-proto': 'https',
  };
  assert.is(by(proxied, '127.0.0.1'), 200);
  assert.is(by(proxied), 403, 'the header of a stranger');
  assert.is(by({ ...proxied, origin: 'http://herd.example' }, '127.0.0.1'), 403, 'a page without TLS');
  assert.is(by({ ...proxied, 'x-forwarded-host': 'x', origin: 'http://s01.example:8080' }, '127.0.0.1'), 200);
});

test('a change by a session says its token and its Origin; to see needs neither, and shows no secrets', () => {
  const login: Login = { user: admin, session: { user: admin, token: 'the-token' } };
  const own = { origin: 'http://s01.example:8080', 'streamherd-token': 'the-token' };
  assert.is(ask('edit', closed, login, { headers: own }), 200);
  assert.is(ask('edit', closed, login, { headers: { origin: own.origin } }), 403);
  assert.is(ask('edit', closed, login, { headers: { ...own, 'streamherd-token': 'the-token ' } }), 403);
  assert.is(ask('edit', closed, login, { headers: { 'streamherd-token': 'the-token' } }), 403);
  assert.is(ask('edit', closed, login, { headers: { ...own, origin: 'http://evil.example' } }), 403);
  assert.is(ask('view', closed, login), 200);
  const caller = { remoteAddress: '10.0.0.9', isSecure: false, isLocal: false, header: () => undefined };
  assert.equal([maySeeSecrets(caller, login), maySeeSecrets(caller, { user: admin })], [false, true]);
});

test('the author of a change is told with name, role and address, behind a proxy the client’s address', () => {
  const told = (remoteAddress: string, isLocal = false, user = '') => {
    const given: Record<string, string> = { 'x-forwarded-for': '203.0.113.9', 'x-streamherd-user': user };
    const header = (name: string) => given[name];
    const access = accessOf(
      'edit',
      { remoteAddress, isLocal, header },
      { user: admin },
      closed,
      new TrustedProxies(['127.0.0.1']),
    );
    return access.granted && access.by;
  };
  assert.is(told('10.0.0.9'), 'admin (edit) from 10.0.0.9');
  assert.is(told('127.0.0.1'), 'admin (edit) from 203.0.113.9');
  assert.is(told('', true), 'the local socket');
  assert.is(told('', true, 'anna'), 'anna by the local socket');
  assert.is(told('', true, '<b>'), 'the local socket');
  assert.is(told('10.0.0.9', false, 'root'), 'admin (edit) from 10.0.0.9');
});

test.run();
