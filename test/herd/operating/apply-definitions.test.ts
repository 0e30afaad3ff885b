import * as assert from 'uvu/assert';
import { readDefinition } from '../../../src/domain/definition/stream-definition-schema.ts';
import { bringInLine, planOf } from '../../../src/herd/operating/apply-definitions.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { eventually } from '../../support/eventually.ts';
import { type Fate, memoryWorld } from '../../support/memory-store.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/operating/apply-definitions');

function blocks(titles: Readonly<Record<string, string>>) {
  return Object.entries(titles).map(([name, title]) => {
    const read = readDefinition({ url: 'test:', title });
    if (!read.ok) throw new Error('a bad definition');
    return { name: streamName(name), definition: read.definition };
  });
}

/** A view that lags: it hears of changes when it is told to. */
async function laggingView(fates: Fate[] = []) {
  let waiting: (() => void)[] = [];
  let holds = false;
  const world = memoryWorld({
    schedule: (deliver) => (holds ? waiting.push(deliver) : queueMicrotask(deliver)),
    fate: (view) => (view === 's1' ? (fates.shift() ?? 'answered') : 'answered'),
  });
  const store = world.open('streams', 's1');
  const definitions = new Definitions();
  let isFilled = false;
  store.watch((change) => {
    if (change.type === 'entry') definitions.take(change.entry);
    isFilled = true;
  });
  // Else the first fill comes after the first write, and shows it.
  await eventually('the view is filled', () => isFilled);
  const hold = () => {
    holds = true;
  };
  const release = () => {
    holds = false;
    for (const deliver of waiting.splice(0)) deliver();
    waiting = [];
  };
  return { store, other: world.open('streams', 's2'), definitions, hold, release };
}

test('a write that lost because of an old view is planned again: the last apply holds', async () => {
  const { store, definitions, hold, release } = await laggingView();
  hold();
  await bringInLine('s1', blocks({ cam1: 'One' }), definitions, store);
  const second = bringInLine('s1', blocks({ cam1: 'Two', cam2: 'New' }), definitions, store);
  await eventually('cam2 is written', async () => (await store.read('cam2')) !== undefined);
  release();
  const { done, failed } = await second;
  assert.equal(
    [done.map(({ action, name }) => `${action} ${name}`), failed],
    [['update cam1', 'create cam2'], []],
    'in the order of names, each with what was done to it',
  );
  assert.match((await store.read('cam1'))?.text ?? '', /Two/);
});

test('a write without an answer is tried again, and a write that had landed is done', async () => {
  const { store, definitions } = await laggingView(['landed', 'lost']);
  const { failed } = await bringInLine('s1', blocks({ cam1: 'One', cam2: 'Two', cam3: 'Three' }), definitions, store);
  assert.equal(failed, []);
  await eventually('all are there', () => [...definitions.entries()].length === 3);
  assert.ok(
    planOf('s1', blocks({ cam1: 'One', cam2: 'Two', cam3: 'Three' }), definitions).every(
      ({ action }) => action === 'leave',
    ),
  );
});

test('a definition that another client published meanwhile is not overwritten', async () => {
  const { store, other, definitions, hold, release } = await laggingView();
  hold();
  await other.update('cam1', '{"url": "test:other"}', 0);
  const applying = bringInLine('s1', blocks({ cam1: 'One' }), definitions, store);
  release();
  const { done, failed } = await applying;
  assert.equal([done.map(({ action }) => action), failed], [['conflict'], []]);
  assert.is((await store.read('cam1'))?.text, '{"url": "test:other"}');
});

test('a stream whose marker was swept away, or is not seen yet, is created', async () => {
  const { store, other, definitions, hold, release } = await laggingView();
  await other.update('cam1', '{"url": "test:other"}', 0);
  await other.remove('cam1', 1);
  await eventually('the marker is seen', () => definitions.tombstones.size === 1);
  hold();
  await other.sweep('cam1', 2);
  await other.update('cam2', '{"url": "test:other"}', 0);
  await other.remove('cam2', 3);
  const { done, failed } = await bringInLine('s1', blocks({ cam1: 'One', cam2: 'Two' }), definitions, store);
  assert.equal([done.map(({ action, name }) => `${action} ${name}`), failed], [['create cam1', 'create cam2'], []]);
  release();
});

test.run();
