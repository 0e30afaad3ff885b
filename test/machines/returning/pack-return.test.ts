import * as assert from 'uvu/assert';
import { createActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { MAX_DIFFERED, type PackReturnOrder, packReturnMachine } from '../../../src/machines/returning/pack-return.ts';
import { suite } from '../../support/suite.ts';
import { cell, deeds } from '../../support/transition-table.ts';
import {
  PACK_RETURN_REPORTS,
  PACK_RETURN_TABLE,
  type PackReturnColumn,
  type PackReturnState,
} from './pack-return.table.ts';

const test = suite('machines/returning/pack-return');

type Snapshot = SnapshotFrom<typeof packReturnMachine>;

const READ_BACK = ['found.none', 'fetched', 'synced'] as const;
const DIFFERED = ['differs', 'discarded', 'fetched', 'synced'] as const;

/** How each state is reached. */
const WAYS: { readonly [S in PackReturnState]: readonly PackReturnColumn[] } = {
  looking: [],
  'looking, asked again': [],
  verifying: ['found.placed'],
  'verifying, asked again': ['found.placed'],
  fetching: ['found.none'],
  syncing: ['found.part', 'fetched'],
  readingBack: READ_BACK,
  discarding: [...READ_BACK, 'differs'],
  'discarding the third': [...READ_BACK, ...DIFFERED, ...DIFFERED, 'differs'],
  placing: [...READ_BACK, 'same'],
  confirming: [...READ_BACK, 'same', 'placed'],
  denying: ['found.none', 'missing'],
  abandoning: ['found.none', 'source.gone'],
  returned: ['found.placed', 'same', 'receipt.taken'],
  postponed: ['disk.failed'],
  stuck: [...READ_BACK, ...DIFFERED, ...DIFFERED, 'differs', 'discarded'],
  void: ['found.none', 'source.gone', 'discarded'],
};
const ASKED_AGAIN = new Set<PackReturnState>(['looking, asked again', 'verifying, asked again', 'denying']);

function arrive(state: PackReturnState): Snapshot {
  const [start] = initialTransition(packReturnMachine, { sha256: 'abc', isAskedAgain: ASKED_AGAIN.has(state) });
  return WAYS[state].reduce(
    (snapshot: Snapshot, type) => transition(packReturnMachine, snapshot, PACK_RETURN_REPORTS[type])[0],
    start,
  );
}

for (const state of Object.keys(PACK_RETURN_TABLE) as PackReturnState[]) {
  test(`table: ${state}`, () => {
    const before = arrive(state);
    const plain = state.replace(/,? (asked again|the third)/, '');
    assert.is(before.value, plain);
    const row = Object.fromEntries(
      (Object.keys(PACK_RETURN_REPORTS) as PackReturnColumn[]).map((type) => {
        const [after, actions] = transition(packReturnMachine, before, PACK_RETURN_REPORTS[type]);
        return [type, cell(plain, after.value, deeds(actions))];
      }),
    );
    assert.equal(row, PACK_RETURN_TABLE[state]);
  });
}

/** Answers orders by the given reports, and tells what was ordered and how it ended. */
function play(isAskedAgain: boolean, reports: readonly PackReturnColumn[]) {
  const actor = createActor(packReturnMachine, { input: { sha256: 'abc', isAskedAgain } });
  const orders: PackReturnOrder[] = [];
  actor.on('*', (order) => orders.push(order));
  actor.start();
  for (const type of reports) actor.send(PACK_RETURN_REPORTS[type]);
  return { orders, output: actor.getSnapshot().output };
}

test('a pack that was fetched is synced, read back and placed before its receipt, which names its hash', () => {
  const { orders, output } = play(false, ['found.none', 'fetched', 'synced', 'same', 'placed', 'receipt.taken']);
  assert.equal(orders, [
    { type: 'look' },
    { type: 'fetch' },
    { type: 'sync' },
    { type: 'readBack' },
    { type: 'place' },
    { type: 'receipt', sha256: 'abc' },
  ]);
  assert.equal(output, { ended: 'returned', why: '' });
});

test('asked again, a home that has lost its copy says so, and the pack waits for its next turn', () => {
  const { orders, output } = play(true, ['found.placed', 'missing', 'receipt.taken']);
  assert.equal(orders, [{ type: 'look' }, { type: 'verify' }, { type: 'receipt', sha256: null }]);
  assert.is(output?.ended, 'postponed');
});

test('what differs is fetched anew, and after three times it is stuck with a reason', () => {
  const again: PackReturnColumn[] = ['fetched', 'synced', 'differs', 'discarded'];
  const all = Array.from({ length: MAX_DIFFERED }, () => again).flat();
  const { orders, output } = play(false, ['found.none', ...all]);
  assert.is(orders.filter(({ type }) => type === 'fetch').length, MAX_DIFFERED);
  assert.is(output?.ended, 'stuck');
  assert.match(output?.why ?? '', 'never what the holder lists');
});

test('another recording by that name is neither replaced nor confirmed', () => {
  const { orders, output } = play(false, ['found.placed', 'other']);
  assert.equal(orders, [{ type: 'look' }, { type: 'verify' }]);
  assert.is(output?.ended, 'stuck');
  assert.match(output?.why ?? '', 'another recording by that name');
  const second = play(true, ['found.placed', 'other', 'receipt.taken']);
  assert.equal(second.orders.at(-1), { type: 'receipt', sha256: null });
});

test('why it is postponed or void is told', () => {
  const { why } = PACK_RETURN_REPORTS['disk.failed'];
  assert.equal(play(false, ['disk.failed']).output, { ended: 'postponed', why });
  assert.equal(play(false, ['found.none', 'source.gone', 'disk.failed']).output, { ended: 'void', why });
});

test.run();
