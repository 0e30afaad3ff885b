import * as assert from 'uvu/assert';
import { ShortTurns } from '../../src/host/short-turns.ts';
import { suite } from '../support/suite.ts';

const test = suite('host/short-turns');

/** A clock that the work itself moves on. */
function room() {
  const timers: (() => void)[] = [];
  const clock = { nowMs: 0, now: () => clock.nowMs, setTimeout: (run: () => void) => timers.push(run) };
  return { clock, timers, turns: new ShortTurns(clock) };
}

test('a little work is done at once; a burst in turns of 20 ms, in order', async () => {
  const { clock, timers, turns } = room();
  const done: number[] = [];
  for (let id = 0; id < 12; id += 1) {
    turns.add(() => {
      clock.nowMs += 5;
      done.push(id);
    });
  }
  assert.equal([done.length, timers.length], [5, 1], 'the first turn is over after 20 ms');
  let isDrained = false;
  const drained = turns.drained().then(() => {
    isDrained = true;
  });
  timers.shift()?.();
  await Promise.resolve();
  assert.equal([done.length, timers.length, isDrained], [10, 1, false]);
  timers.shift()?.();
  await drained;
  assert.equal(done, [...Array(12).keys()]);
  timers.shift()?.();
  assert.is(timers.length, 0);
  turns.add(() => done.push(12));
  assert.is(done.at(-1), 12, 'and the next at once again');
});

test('after the end no waiting work is done', () => {
  const { clock, timers, turns } = room();
  let done = 0;
  for (let id = 0; id < 10; id += 1) {
    turns.add(() => {
      clock.nowMs += 30;
      done += 1;
    });
  }
  turns.close();
  for (const run of timers) run();
  assert.is(done, 1);
});

test.run();
