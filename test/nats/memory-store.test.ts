import * as assert from 'uvu/assert';
import type { StoreChange } from '../../src/nats/buckets/store.ts';
import { type Fate, memoryWorld } from '../support/memory-store.ts';
import { suite } from '../support/suite.ts';
import { storeContract } from './store-contract.ts';

const test = suite('test/support/memory-store');

storeContract(test, async () => {
  const world = memoryWorld();
  return { one: world.open('b', 's01'), other: world.open('b', 's02'), [Symbol.asyncDispose]: async () => {} };
});

test('a write whose answer is lost has landed; a lost one has not; a late one lands when the schedule comes to it', async () => {
  let fate: Fate = 'landed';
  const later: (() => void)[] = [];
  const store = memoryWorld({ schedule: (deliver) => later.push(deliver), fate: () => fate }).open('b');
  const outcomes = [await store.update('landed', 'x', 0)];
  fate = 'lost';
  outcomes.push(await store.update('lost', 'x', 0));
  fate = 'late';
  outcomes.push(await store.update('late', 'x', 0));
  fate = 'answered';
  assert.equal(
    outcomes.map(({ outcome }) => outcome),
    ['unknown', 'unknown', 'unknown'],
  );
  const present = async () =>
    [await store.read('landed'), await store.read('lost'), await store.read('late')].map(Boolean);
  assert.equal(await present(), [true, false, false]);
  for (const deliver of later) deliver();
  assert.equal(await present(), [true, false, true]);
});

test('a view that is cut off is stale, hears nothing, and gets the missed changes when it is back', async () => {
  const later: (() => void)[] = [];
  const world = memoryWorld({ schedule: (deliver) => later.push(deliver) });
  const run = () => {
    for (const deliver of later.splice(0)) deliver();
  };
  const changes: StoreChange[] = [];
  const store = world.open('b', 's01');
  store.watch((change) => changes.push(change));
  run();
  world.setHeard('s01', false);
  await world.open('b', 's02').update('cam01', 'a', 0);
  run();
  world.setHeard('s01', true);
  run();
  assert.equal(changes, [
    { type: 'current', revision: 0 },
    { type: 'stale', why: 'cut off' },
    { type: 'entry', entry: { key: 'cam01', revision: 1, text: 'a' } },
    { type: 'current', revision: 1 },
  ]);
});

test('a world that loses a bucket tells amnesia and starts at revision 1', async () => {
  const world = memoryWorld({ schedule: (deliver) => deliver() });
  const store = world.open('b');
  await store.update('cam01', 'a', 0);
  const changes: StoreChange[] = [];
  store.watch((change) => changes.push(change));
  world.lose('b');
  await store.update('cam01', 'b', 0);
  assert.equal(
    changes.map(({ type }) => type),
    ['entry', 'current', 'amnesia', 'current', 'entry'],
  );
});

test.run();
