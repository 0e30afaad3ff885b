import * as assert from 'uvu/assert';
import { everySharedTick } from '../../src/host/clock.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/clock');

test('turns are due at the multiples of their interval, each at most once, and none before its time by more than a part', async () => {
  const dues: number[] = [];
  const early: number[] = [];
  const end = everySharedTick(20, (dueMs) => {
    dues.push(dueMs);
    early.push(dueMs - performance.now());
  });
  await eventually('some turns', () => dues.length >= 12);
  end();
  const { length } = dues;
  assert.equal(
    dues.filter((dueMs) => dueMs % 20 !== 0),
    [],
  );
  assert.equal(
    dues,
    [...new Set(dues)].sort((left, right) => left - right),
  );
  assert.ok(Math.max(...early) <= 5, `${Math.max(...early)} ms`);
  let later = 0;
  const endLater = everySharedTick(20, () => {
    later += 1;
  });
  await eventually('others go on', () => later >= 3);
  endLater();
  assert.is(dues.length, length, 'an interval that has ended is over');
});

test.run();
