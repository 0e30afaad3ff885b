import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { leaseLeftMs, leaseOf, sharedInstant } from '../../src/warden/lease.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/lease');
const ASKED = { monoMs: 5000, wallMs: 900_000 };

test('a lease lasts longer than the standing, and ends before the time for killing captures is up', () => {
  const lease = leaseOf(ASKED, 1200, 250);
  assert.is(leaseLeftMs(lease, ASKED), 1400);
  assert.is(leaseLeftMs(lease, { monoMs: 6399, wallMs: 901_399 }), 1);
  assert.is(leaseLeftMs(lease, { monoMs: 6400, wallMs: 901_400 }), 0);
});

test('a machine that slept wakes up with its leases over', () => {
  const lease = leaseOf(ASKED, 1200, 250);
  assert.ok(leaseLeftMs(lease, { monoMs: 5001, wallMs: 960_000 }) < 0);
});

test('a clock that was set back makes no lease longer', () => {
  const lease = leaseOf(ASKED, 1200, 250);
  assert.is(leaseLeftMs(lease, { monoMs: 6400, wallMs: 0 }), 0);
});

test('whatever the times: a lease is longer than the standing by at least half of the time for killing, and by less than all of it', () => {
  const ms = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(ms, ms, (standingMs, killMs) => {
      const leftMs = leaseLeftMs(leaseOf(ASKED, standingMs, killMs), ASKED);
      return leftMs >= standingMs + killMs / 2 && leftMs < standingMs + killMs;
    }),
  );
});

test('the shared clock goes on', () => {
  const before = sharedInstant();
  const after = sharedInstant();
  assert.ok(after.monoMs >= before.monoMs);
  assert.ok(Math.abs(before.monoMs - Number(process.hrtime.bigint()) / 1e6) < 10_000, 'and is not this process’s own');
});

test.run();
