import * as assert from 'uvu/assert';
import { LoginDelays } from '../../../src/http/access/login-delays.ts';
import { suite } from '../../support/suite.ts';

const test = suite('http/access/login-delays');

/** How long `address` waits for each of `count` tries, each made as soon as it may be. */
function waits(delays: LoginDelays, address: string, count: number, startMs = 0): number[] {
  let nowMs = startMs;
  return Array.from({ length: count }, () => {
    const waitMs = delays.begin(address, nowMs);
    nowMs += waitMs;
    if (waitMs > 0) assert.is(delays.begin(address, nowMs), 0);
    return waitMs;
  });
}

test('the first tries are not delayed, then each waits longer, up to a minute', () => {
  const expected = [0, 0, 0, 0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
  assert.equal(waits(new LoginDelays(), '203.0.113.9', expected.length), expected);
});

test('many logins at once get no more tries than logins one after the other', () => {
  const delays = new LoginDelays();
  const begun = Array.from({ length: 1000 }, () => delays.begin('203.0.113.9', 0)).filter((waitMs) => waitMs === 0);
  assert.is(begun.length, 4);
});

test('each address has its own delay, and an IPv6 network has one', () => {
  const delays = new LoginDelays();
  waits(delays, '203.0.113.9', 5);
  assert.is(delays.begin('203.0.113.10', 0), 0);
  for (const address of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2', '2001:0db8:1:2::3', '2001:db8:1:2:3:4:5:6']) {
    assert.is(delays.begin(address, 0), 0);
  }
  assert.is(delays.begin('2001:db8:1:2::9', 0), 1000);
  assert.is(delays.begin('2001:db8:1:3::9', 0), 0);
  assert.is(delays.begin('::1', 0), 0);
});

test('a success, or ten minutes without a failure, resets the delay', () => {
  const delays = new LoginDelays();
  waits(delays, '203.0.113.9', 6);
  delays.succeeded('203.0.113.9');
  assert.equal(waits(delays, '203.0.113.9', 4, 10_000), [0, 0, 0, 0]);
  assert.is(delays.begin('203.0.113.9', 10_000), 1000);
  assert.is(delays.begin('203.0.113.9', 10_000 + 600_001), 0);
});

test('memory is bounded, also with a million addresses', () => {
  const delays = new LoginDelays();
  for (let index = 0; index < 12_000; index++)
    delays.begin(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 0);
  assert.is(delays.size, 10_000);
});

test.run();
