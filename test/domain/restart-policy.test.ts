import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { inputAfter, RESTART_DELAYS_MS, restartDelayMs } from '../../src/domain/restart-policy.ts';
import { suite } from '../support/suite.ts';

const test = suite('domain/restart-policy');

test('waits 1, 2, 5, 10 and then always 30 s', () => {
  const delays = [1, 2, 3, 4, 5, 6, 100].map((failures) => restartDelayMs(failures, 0.5));
  assert.equal(delays, [1000, 2000, 5000, 10_000, 30_000, 30_000, 30_000]);
});

test('varies by up to a quarter in both directions', () => {
  assert.is(restartDelayMs(1, 0), 750);
  assert.is(restartDelayMs(1, 0.999999), 1250);
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0, max: 0.999, noNaN: true }), (failures, random) => {
      const delayMs = restartDelayMs(failures, random);
      assert.ok(delayMs >= RESTART_DELAYS_MS[0] * 0.75 && delayMs <= 37_500);
    }),
  );
});

test('tries the inputs in order, again and again', () => {
  assert.equal(
    [0, 1, 2].map((input) => inputAfter(input, false, 3)),
    [1, 2, 0],
  );
  assert.is(inputAfter(0, false, 1), 0);
});

test('begins with the first input again after one that was healthy', () => {
  assert.is(inputAfter(2, true, 3), 0);
  assert.is(inputAfter(0, true, 3), 0);
});

test.run();
