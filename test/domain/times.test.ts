import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { DEFAULT_TIMES, TIME_WORDS, type Times, timesProblems } from '../../src/domain/times.ts';
import '../support/fixed-seed.ts';
import { suite } from '../support/suite.ts';

const test = suite('domain/times');

test('the defaults hold together', () => {
  assert.equal(timesProblems(DEFAULT_TIMES), []);
});

test('each inequality names the word that has to change', () => {
  const wrong: readonly (readonly [Partial<Times>, string])[] = [
    [{ fenceMs: 500, renewalMs: 100 }, 'fence'],
    [{ renewalMs: 1400 }, 'fence'],
    [{ evictMs: 1999 }, 'evict'],
    [{ killMs: 300 }, 'evict'],
    [{ fenceSlowMs: 1999 }, 'fence_slow'],
    [{ evictSlowMs: 12_499 }, 'evict_slow'],
    [{ rideMs: 11_999 }, 'ride'],
    [{ evictRideMs: 612_499 }, 'evict_ride'],
    [{ heirGraceMs: 0 }, 'heir_grace'],
    [{ beatMs: Number.NaN }, 'beat'],
    [{ rideMs: 1e12 }, 'ride'],
  ];
  for (const [change, word] of wrong) {
    const problems = timesProblems({ ...DEFAULT_TIMES, ...change });
    assert.is(problems.length, 1, `${JSON.stringify(change)}: ${problems.join(' | ')}`);
    assert.is(problems[0]?.split(' ')[0], word);
  }
});

test('with times that have no problem a session is fenced before its peers evict it, also with clocks off by 1 %', () => {
  const ms = fc.integer({ min: 1, max: 20_000 });
  const keys = Object.keys(TIME_WORDS) as readonly (keyof Times)[];
  const times = fc.record(Object.fromEntries(keys.map((key) => [key, ms])) as Record<keyof Times, typeof ms>);
  const widened = times.map((t) => ({
    ...t,
    fenceMs: t.fenceMs + 2 * t.beatMs + t.renewalMs,
    evictMs: t.evictMs + 4 * t.fenceMs,
    fenceSlowMs: 10 * t.fenceSlowMs,
    evictSlowMs: 12 * t.fenceSlowMs,
    rideMs: 20 * t.rideMs,
    evictRideMs: 21 * t.rideMs,
  }));
  let held = 0;
  fc.assert(
    fc.property(widened, (t) => {
      if (timesProblems(t).length > 0) return;
      held += 1;
      // A fenced session on a slow clock is dead before an evictor on a fast one acts.
      assert.ok((t.fenceMs + t.killMs) / 0.99 <= t.evictMs / 1.01);
      assert.ok((t.fenceSlowMs + t.killMs) / 0.99 <= t.evictSlowMs / 1.01);
      assert.ok((t.rideMs + t.killMs) / 0.99 <= t.evictRideMs / 1.01);
    }),
    { numRuns: 2000 },
  );
  assert.ok(held > 10, `only ${held} samples held together`);
});

test.run();
