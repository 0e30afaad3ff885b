import * as assert from 'uvu/assert';
import { Logins } from '../../../src/http/access/logins.ts';
import { streamherd } from '../../support/command-line-process.ts';
import { configOf } from '../../support/config-text.ts';
import { suite } from '../../support/suite.ts';

const test = suite('cli/commands/hash-password', { deadlineMs: 60_000 });

test('the configuration file takes the hash of a password, and a client with the password may log in', async () => {
  const { code, out, err } = await streamherd(['hash-password'], { input: 'correct horse; "battery"\nmore\n' });
  assert.equal([code, err], [0, '']);
  assert.match(out, /^scrypt\$32768\$8\$1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  const { users } = configOf(`edit_auth admin ${out};`).access;
  const login = async (password: string) => {
    const header = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    return (await new Logins(users).of(header, '203.0.113.9')).user?.role;
  };
  assert.equal(
    [await login('correct horse; "battery"'), await login(out), await login('')],
    ['edit', undefined, undefined],
  );
  const again = await streamherd(['hash-password'], { input: 'correct horse; "battery"\n' });
  assert.is.not(again.out, out, 'each has a salt of its own');
});

test('a short password, and no password, are refused without being shown', async () => {
  for (const input of ['', 'hush-hu\n', '\n']) {
    const { code, out, err } = await streamherd(['hash-password'], { input });
    assert.equal([code, out], [1, '']);
    assert.match(err, /^expected a password of at least 8 characters, found \d$/);
  }
});

test.run();
