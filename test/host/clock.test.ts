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

test('intervals that end together are taken in one turn, and one that an earlier turn has ended is not', async () => {
  let turn = 0;
  const turns = new Map<string, number>();
  const taken = (name: string) => (dueMs: number) => {
    turns.set(`${name} ${dueMs}`, turn);
    // Between two timers of Node what is queued is done.
    queueMicrotask(() => {
      turn += 1;
    });
  };
  const ends = [everySharedTick(20, taken('a')), everySharedTick(60, taken('b'))];
  const both = await eventually('both were due several times', () => {
    // A thread that is late may have had another turn of `a` to take.
    const dues = [...turns.keys()].flatMap((key) => (key.startsWith('b ') ? [key.slice(2)] : []));
    const shared = dues.filter((dueMs) => turns.has(`a ${dueMs}`));
    return shared.length >= 4 && shared;
  });
  for (const end of ends) end();
  for (const dueMs of both) assert.is(turns.get(`a ${dueMs}`), turns.get(`b ${dueMs}`), `at ${dueMs} ms`);

  let isOver = false;
  let late = 0;
  const endFirst = everySharedTick(20, () => {
    isOver = true;
    endSecond();
  });
  const endSecond = everySharedTick(20, () => {
    late += isOver ? 1 : 0;
  });
  await eventually('the first has had its turn', () => isOver);
  endFirst();
  assert.is(late, 0);
});

test.run();
