import { scryptSync } from 'node:crypto';
import * as assert from 'uvu/assert';
import { type ApiUser, printPasswordHash } from '../../../src/domain/access/api-user.ts';
import { Logins } from '../../../src/http/access/logins.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/access/logins', { deadlineMs: 60_000 });

const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

function hashOf(password: string, cost = 1024): string {
  const salt = Buffer.from('0123456789abcdef');
  const hash = scryptSync(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 });
  return printPasswordHash({ cost, blockSize: 8, parallelization: 1, salt, hash });
}

const admin: ApiUser = { name: 'admin', password: hashOf('correct:horse'), role: 'edit' };
const guest: ApiUser = { name: 'guest', password: 'battery-staple', role: 'view' };

async function outcome(logins: Logins, header: string | undefined, address = '203.0.113.9'): Promise<string> {
  const login = await logins.of(header, address);
  return login.user ? login.user.name : login.why;
}

test('passwords in plain text and as hashes, each for its own user', async () => {
  const logins = new Logins([admin, guest]);
  assert.is(await outcome(logins, basic('admin', 'correct:horse')), 'admin');
  assert.is(await outcome(logins, basic('guest', 'battery-staple').replace('Basic', 'bASIC')), 'guest');
  const wrong = [
    ['admin', 'battery-staple'],
    ['guest', 'correct:horse'],
    ['admin', ''],
    ['admin', admin.password],
    ['unknown', 'correct:horse'],
    ['Admin', 'correct:horse'],
    ['__proto__', 'x'],
  ] as const;
  for (const [index, [name, password]] of wrong.entries()) {
    assert.is(await outcome(logins, basic(name, password), `10.0.0.${index}`), 'wrong', name);
  }
  for (const header of [undefined, '', 'Basic', 'Basic !!', 'Bearer x', basic('', 'x'), `Basic ${'A'.repeat(5000)}`]) {
    assert.is(await outcome(logins, header), 'none', header);
  }
  assert.is(await outcome(new Logins([]), basic('admin', 'x')), 'wrong');
});

test('logins that fail wait ever longer, and a client that is logged in stays so, from the same address too', async () => {
  let nowMs = 0;
  const said: string[] = [];
  const logins = new Logins([admin], { now: () => nowMs, remark: (why) => said.push(why) });
  assert.is(await outcome(logins, basic('admin', 'correct:horse')), 'admin');
  for (let tries = 0; tries < 4; tries++) assert.is(await outcome(logins, basic('admin', `guess ${tries}`)), 'wrong');
  assert.is(await outcome(logins, basic('admin', 'guess 5')), 'wait');
  assert.is(await outcome(logins, basic('admin', 'correct:horse')), 'admin');
  assert.is(await outcome(logins, basic('admin', 'guess'), '203.0.113.10'), 'wrong', 'another address');
  nowMs = 1000;
  assert.is(await outcome(logins, basic('admin', 'guess 5')), 'wrong');
  assert.is(await outcome(logins, basic('admin', 'guess 6')), 'wait');
  assert.equal(said, ['wrong passwords come from 203.0.113.9: it has to wait, longer after each']);
});

function msOf(act: () => unknown): number {
  const beganMs = performance.now();
  act();
  return performance.now() - beganMs;
}

test('the time that a wrong login takes does not tell whether there is a user of that name', async () => {
  const cost = 8192;
  const password = hashOf('correct:horse', cost);
  // The quickest of several logins: on a busy machine a single one may wait for the processor.
  const hashMs = Math.min(...Array.from({ length: 5 }, () => msOf(() => hashOf('correct:horse', cost))));
  // The user without a hash comes first: code that looks at the first user only would answer for unknown names at once.
  const logins = new Logins([guest, { ...admin, password }]);
  for (const [index, name] of ['unknown', 'guest', 'admin'].entries()) {
    const beganMs = performance.now();
    assert.is(await outcome(logins, basic(name, 'guess'), `10.0.0.${index}`), 'wrong');
    const tookMs = performance.now() - beganMs;
    assert.ok(tookMs > hashMs / 4, `${name}: ${tookMs} ms, where a hash takes ${hashMs} ms`);
  }
  assert.is(await outcome(logins, basic('guest', 'battery-staple'), '10.0.1.1'), 'guest');
});

test('a program that repeats an old password is refused each time, and is not taken for one that guesses', async () => {
  const logins = new Logins([admin], { now: () => 0 });
  for (let tries = 0; tries < 20; tries++) assert.is(await outcome(logins, basic('admin', 'of last year')), 'wrong');
  assert.is(await outcome(logins, basic('admin', 'correct:horse')), 'admin');
});

test('a flood of logins is checked one by one, the same login once, and most of the flood is not checked', async () => {
  const logins = new Logins([{ ...admin, password: hashOf('correct:horse', 8192) }]);
  const same = await Promise.all(Array.from({ length: 500 }, () => outcome(logins, basic('admin', 'correct:horse'))));
  assert.equal([...new Set(same)], ['admin']);
  const flood = Array.from({ length: 500 }, (_, index) =>
    outcome(logins, basic('admin', `${index}`), `10.0.0.${index % 250}`),
  );
  const told = await Promise.all(flood);
  const looked = told.filter((why) => why === 'wrong').length;
  assert.ok(looked > 0 && looked <= 16, `${looked} were looked at`);
  assert.is(told.length - looked, told.filter((why) => why === 'wait').length);
});

test.run();
