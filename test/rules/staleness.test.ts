import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import type { TakenAway } from './row.ts';
import { staleness } from './staleness.ts';
import { TAKEN_AWAY } from './taken-away.ts';

const test = suite('rules/staleness');
const DIST = fileURLToPath(new URL('../../', import.meta.url));

test('the pieces that `npm run rules` takes away are still in the code', () => {
  assert.ok(TAKEN_AWAY.length > 60);
  assert.equal(
    TAKEN_AWAY.flatMap((each) => staleness(each, DIST) ?? []),
    [],
  );
});

test('a piece that is gone, is there twice, or is in another file is told', () => {
  const [first] = TAKEN_AWAY;
  assert.ok(first);
  const problemOf = (change: Partial<TakenAway>) => staleness({ ...first, ...change }, DIST) ?? '';
  assert.match(problemOf({ from: 'no such piece' }), 'has this 0 times, not once');
  assert.match(problemOf({ from: 'export' }), /has this [2-9] times, not once/);
  assert.match(problemOf({ file: 'domain/nowhere' }), 'there is no src/domain/nowhere.ts any more');
  assert.match(problemOf({ test: 'domain/nowhere' }), 'there is no test/domain/nowhere.test.ts any more');
});

test.run();
