import * as assert from 'uvu/assert';
import { Gate, GateFullError, someAtOnce } from '../../src/domain/gate.ts';
import { suite } from '../support/suite.ts';

const test = suite('domain/gate');

/** A task that the test ends by hand. */
function heldTask() {
  let resolve: (result: string) => void = () => {};
  let reject: (error: Error) => void = () => {};
  let hasBegun = false;
  const ending = new Promise<string>((...ends) => {
    [resolve, reject] = ends;
  });
  const run = () => {
    hasBegun = true;
    return ending;
  };
  return { run, resolve, reject, hasBegun: () => hasBegun };
}

test('a few tasks run, others wait in order, and a task that fails gives its place back', async () => {
  const gate = new Gate({ places: 2, maxWaiting: 10 });
  const tasks = [heldTask(), heldTask(), heldTask(), heldTask()];
  const results = tasks.map(({ run }) => gate.run(run).catch((error: Error) => error.message));
  const begun = () => tasks.map(({ hasBegun }) => hasBegun());
  assert.equal(begun(), [true, true, false, false]);
  tasks[0]?.reject(new Error('no'));
  assert.is(await results[0], 'no');
  assert.equal(begun(), [true, true, true, false]);
  tasks[2]?.resolve('third');
  assert.is(await results[2], 'third');
  assert.equal(begun(), [true, true, true, true]);
});

test('no more tasks wait than may', async () => {
  const gate = new Gate({ places: 1, maxWaiting: 1 });
  void gate.run(heldTask().run);
  void gate.run(heldTask().run);
  const refused = await gate.run(heldTask().run).catch((error: unknown) => error);
  assert.ok(refused instanceof GateFullError);
});

test('a signal ends the wait for a place, which the next one gets, and the wait for a task, which keeps its place', async () => {
  const gate = new Gate({ places: 1, maxWaiting: 10 });
  const abort = new AbortController();
  const [running, waiting, next] = [heldTask(), heldTask(), heldTask()];
  const results = [running, waiting].map(({ run }) =>
    gate.run(run, abort.signal).catch((error: Error) => error.message),
  );
  const last = gate.run(next.run);
  abort.abort(new Error('too late'));
  assert.equal(await Promise.all(results), ['too late', 'too late']);
  assert.equal([waiting.hasBegun(), next.hasBegun()], [false, false]);
  running.resolve('at last');
  next.resolve('done');
  assert.is(await last, 'done');
  assert.is(waiting.hasBegun(), false);
});

test('each of many tasks is done once, in order, and no more at a time than may', async () => {
  const tasks = [heldTask(), heldTask(), heldTask()];
  const begun = () => tasks.map(({ hasBegun }) => hasBegun());
  const all = someAtOnce(tasks, 2, async ({ run }) => void (await run()));
  assert.equal(begun(), [true, true, false]);
  tasks[1]?.resolve('second');
  await tasks[1]?.run();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(begun(), [true, true, true]);
  for (const { resolve } of tasks) resolve('done');
  await all;
  await someAtOnce([], 2, () => Promise.reject(new Error('there is nothing to do')));
});

test('if one of many tasks fails, the wait for all ends with its error', async () => {
  const failed = await someAtOnce([1, 2], 1, (one) => Promise.reject(new Error(`${one}`))).catch(
    (error: Error) => error,
  );
  assert.match(String(failed), '1');
});

test.run();
