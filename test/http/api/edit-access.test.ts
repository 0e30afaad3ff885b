import * as assert from 'uvu/assert';
import { type EditPolicy, editAccess } from '../../../src/http/api/edit-access.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/api/edit-access');

const open: EditPolicy = { publicUrl: 'http://s01.example:8080' };
const closed: EditPolicy = { ...open, editAuth: { user: 'admin', password: 'secret' } };
const admin = { authorization: `basic ${Buffer.from('admin:secret').toString('base64')}` };

function ask(policy: EditPolicy, given: Record<string, string>, method = 'POST', remoteAddress = '10.0.0.9'): number {
  const headers: Record<string, string> = { host: 's01.example:8080', ...given };
  const access = editAccess({ method, header: (name) => headers[name], remoteAddress }, policy);
  return access.granted ? 200 : access.status;
}

const json = { 'content-type': 'application/json; charset=utf-8' };

test('with edit_auth, its user and password from anywhere and nothing else', () => {
  assert.is(ask(closed, admin), 200);
  assert.is(ask(closed, {}), 401);
  assert.is(ask(closed, json, 'POST', '127.0.0.1'), 401);
  for (const authorization of ['Basic', 'Basic !!', 'Bearer x', `Basic ${Buffer.from('admin:').toString('base64')}`]) {
    assert.is(ask(closed, { authorization }), 401, authorization);
  }
});

test('without edit_auth, from the server itself only', () => {
  for (const address of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
    assert.is(ask(open, json, 'POST', address), 200, address);
  }
  assert.is(ask(open, json, 'POST', '10.0.0.9'), 403);
  assert.is(ask(open, { ...json, 'x-forwarded-for': '1.2.3.4' }, 'POST', '127.0.0.1'), 403);
  assert.is(ask(open, { ...json, host: 'evil.example' }, 'POST', '127.0.0.1'), 403, 'a rebound name');
  assert.is(ask(open, { ...json, host: 'localhost:8080' }, 'POST', '127.0.0.1'), 200);
  assert.is(ask(open, { ...json, host: '[::1]:8080' }, 'POST', '::1'), 200);
});

test('no page of another site changes anything', () => {
  for (const policy of [open, closed]) {
    assert.is(ask(policy, { ...admin, ...json, origin: 'http://evil.example' }, 'POST', '127.0.0.1'), 403);
    assert.is(ask(policy, { ...admin, ...json, origin: 'null' }, 'POST', '127.0.0.1'), 403);
    assert.is(ask(policy, { ...admin, ...json, 'sec-fetch-site': 'cross-site' }, 'PUT', '127.0.0.1'), 403);
    assert.is(ask(policy, { ...admin, ...json, origin: 'http://s01.example:8080' }, 'POST', '127.0.0.1'), 200);
  }
  assert.is(ask(open, {}, 'POST', '127.0.0.1'), 415, 'what a form can send');
  assert.is(ask(open, {}, 'DELETE', '127.0.0.1'), 200);
});

test.run();
