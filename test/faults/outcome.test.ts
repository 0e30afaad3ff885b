import * as assert from 'uvu/assert';
import type { Pull } from '../../src/demo/cameras/camera.ts';
import { suite } from '../support/suite.ts';
import type { FaultKind } from './fault-kind.ts';
import { outcomeOf, problemsOf, tableOf, type Window } from './outcome.ts';

const test = suite('faults/outcome');
/** Of the pulls that the tests tell of, those that begin at 0 lived when the fault came. */
const BEFORE = ['a', 'b'].map((camera) => pull(camera, 0, null));

function kind(name: string, maxGapMs: number): FaultKind {
  return { name, maxGapMs, inject: async () => ({ whom: 's1', ends: ['a'] }) };
}

function pull(camera: string, openedAtMs: number, closedAtMs: number | null): Pull {
  return { camera, from: '127.0.0.1:1', openedAtMs, closedAtMs };
}

function seen(maxGapMs: number, ...pulls: Pull[]): Window {
  return { kind: kind('some', maxGapMs), whom: 's1', ends: ['a'], moved: 1, before: BEFORE, pulls, viewers: [] };
}

test('a stream that is taken in time, and a stream that was not touched, are no problem', () => {
  const outcome = outcomeOf(seen(500, pull('a', 0, 1200), pull('a', 1700, null), pull('b', 0, null)));
  assert.equal(problemsOf(outcome), []);
  assert.equal(outcome.bystanders, []);
});

test('found: taken too late, taken by no server, pulled twice, and interrupted by a fault that may interrupt nothing', () => {
  const problems = (maxGapMs: number, ...pulls: Pull[]) => problemsOf(outcomeOf(seen(maxGapMs, ...pulls)));
  assert.equal(problems(500, pull('a', 0, 1200), pull('a', 1701, null)), ['a was not pulled for 501 ms, over 500']);
  assert.equal(problems(500, pull('a', 0, 1200)), ['a was not pulled for Infinity ms, over 500']);
  assert.equal(problems(500, pull('a', 0, 1200), pull('a', 1190, null)), ['a was pulled twice for 10.0 ms']);
  assert.equal(problems(0, pull('a', 0, 1200), pull('a', 1201, null)), ['a was interrupted']);
});

test('a stream that the fault did not concern is a bystander', () => {
  const { bystanders } = outcomeOf(seen(500, pull('a', 0, 1200), pull('b', 0, 1200), pull('b', 1300, null)));
  assert.equal(bystanders, ['b']);
});

test('a list that a viewer must not see is a problem, also for a fault that may interrupt', () => {
  const viewers = [{ stream: 'a', longestWaitMs: 900, problems: ['a by s1: it went back'] }];
  const problems = (maxGapMs: number) => problemsOf(outcomeOf({ ...seen(maxGapMs, pull('a', 0, null)), viewers }));
  for (const maxGapMs of [0, 500]) assert.equal(problems(maxGapMs), ['a viewer saw: a by s1: it went back']);
});

test('the table has a row for each kind, over all its outcomes', () => {
  const fast = outcomeOf(seen(500, pull('a', 0, 1200), pull('a', 1300, null)));
  const slow = outcomeOf({ ...seen(500, pull('a', 0, 1200), pull('a', 1600, null)), kind: fast.kind });
  const other = outcomeOf(seen(0, pull('a', 0, null)));
  const [row, harmless] = tableOf([fast, slow, other]);
  assert.is(row?.times, 2);
  assert.is(row?.interrupted, 2);
  assert.is(row?.['gap max ms'], 400);
  assert.is(row?.['overlap ms'], 0);
  assert.is(harmless?.interrupted, 0);
  assert.is(harmless?.['gap median ms'], '–');
});

test('the table has a row for what was skipped, with the reason', () => {
  const [row] = tableOf([], [{ kind: kind('some', 0), why: 'no namespaces' }]);
  assert.equal(row, { fault: 'some', times: 'skipped: no namespaces' });
});

test.run();
