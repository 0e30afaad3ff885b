import * as assert from 'uvu/assert';
import { leastEvictMs, timesProblems } from '../../../src/domain/membership/bounds.ts';
import { suite } from '../../support/suite.ts';
import { TIMES } from './herd-fixture.ts';

const test = suite('domain/membership/bounds');

test('the defaults are good', () => assert.equal(timesProblems(TIMES), []));

test('E no longer than F is refused, with the least that would do', () => {
  const [problem] = timesProblems({ ...TIMES, evictMs: 1500 });
  assert.is(problem, 'evictMs 1500: expected at least 1806, so that fenceMs and a kill fit in before it');
  assert.equal(timesProblems({ ...TIMES, evictMs: leastEvictMs(1500, 250) }), []);
});

test('so are the slow pair and the ride', () => {
  assert.is(timesProblems({ ...TIMES, evictSlowMs: 12_000 }).length, 1);
  assert.is(timesProblems({ ...TIMES, evictRideMs: 600_000 }).length, 1);
});

test('a fence that one lost beat or one late renewal would spring is refused', () => {
  assert.is(timesProblems({ ...TIMES, beatMs: 400 }).length, 1);
  assert.is(timesProblems({ ...TIMES, renewalMs: 1400 }).length, 1);
});

test.run();
