import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { OwnerClock, WALL_TOLERANCE_MS } from '../../../src/domain/membership/owner-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/owner-clock');

test('runs with the monotonic clock while both agree', () => {
  const clock = new OwnerClock({ monoMs: 100, wallMs: 5000 });
  assert.is(clock.read({ monoMs: 1100, wallMs: 6000 }), 1000);
});

test('a sleep, seen by the wall clock alone, has passed', () => {
  const clock = new OwnerClock({ monoMs: 0, wallMs: 0 });
  assert.is(clock.read({ monoMs: 10, wallMs: 60_010 }), 60_010);
});

test('a step backwards takes nothing away, and hides no later sleep', () => {
  const clock = new OwnerClock({ monoMs: 0, wallMs: 100_000 });
  assert.is(clock.read({ monoMs: 1000, wallMs: 1000 }), 1000);
  assert.is(clock.read({ monoMs: 2000, wallMs: 7000 }), 7000);
});

test('the grain of the wall clock does not add up', () => {
  const clock = new OwnerClock({ monoMs: 0, wallMs: 0 });
  let last = 0;
  for (let monoMs = 0; monoMs <= 10_000; monoMs += 10.4) last = clock.read({ monoMs, wallMs: Math.round(monoMs) });
  assert.ok(last <= 10_000);
});

test('between two readings it never shows less than either clock, except for the tolerance', () => {
  const step = fc.record({ monoMs: fc.integer({ min: 0, max: 5000 }), wallMs: fc.integer({ min: -5000, max: 5000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const now = { monoMs: 0, wallMs: 0 };
      const clock = new OwnerClock(now);
      let before = 0;
      for (const { monoMs, wallMs } of steps) {
        now.monoMs += monoMs;
        now.wallMs += wallMs;
        const read = clock.read(now);
        assert.ok(read - before >= Math.max(monoMs, wallMs - 2 * WALL_TOLERANCE_MS));
        before = read;
      }
    }),
  );
});

test.run();
