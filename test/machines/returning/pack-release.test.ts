import * as assert from 'uvu/assert';
import { createActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { packReleaseMachine } from '../../../src/machines/returning/pack-release.ts';
import type {
  PackReleaseEvent,
  PackReleaseInput,
  PackReleaseOrder,
} from '../../../src/machines/returning/pack-release-contract.ts';
import { suite } from '../../support/suite.ts';
import { cell, deeds } from '../../support/transition-table.ts';
import {
  PACK_RELEASE_EVENTS,
  PACK_RELEASE_TABLE,
  type PackReleaseColumn,
  type PackReleaseState,
} from './pack-release.table.ts';

const test = suite('machines/returning/pack-release');

type Snapshot = SnapshotFrom<typeof packReleaseMachine>;

/** Every question is `open`, so that each event of the table says what it is in each state. */
const INPUT: PackReleaseInput = {
  ...{ server: 's02', destination: 's01', sha256: 'abc', question: 'open', isBuried: false },
  world: { newQuestion: () => 'open' },
};

/** How each state is reached. */
const WAYS: { readonly [S in PackReleaseState]: readonly PackReleaseColumn[] } = {
  owed: [],
  resting: ['receipt'],
  asking: ['receipt', 'grace.over'],
  burying: ['receipt', 'grace.over', 'receipt'],
  erasing: ['receipt', 'grace.over', 'receipt', 'buried'],
  adopting: ['home.gone'],
  released: ['receipt', 'grace.over', 'receipt', 'buried', 'erased'],
  adopted: ['home.gone', 'adopted'],
  gone: ['pack.gone'],
};

function arrive(state: PackReleaseState): Snapshot {
  const [start] = initialTransition(packReleaseMachine, INPUT);
  const { [state]: way } = WAYS;
  return way.reduce(
    (snapshot: Snapshot, column) => transition(packReleaseMachine, snapshot, PACK_RELEASE_EVENTS[column])[0],
    start,
  );
}

for (const state of Object.keys(PACK_RELEASE_TABLE) as PackReleaseState[]) {
  test(`table: ${state}`, () => {
    const before = arrive(state);
    assert.is(before.value, state);
    const row = Object.fromEntries(
      (Object.keys(PACK_RELEASE_EVENTS) as PackReleaseColumn[]).map((column) => {
        const [after, actions] = transition(packReleaseMachine, before, PACK_RELEASE_EVENTS[column]);
        return [column, cell(state, after.value as PackReleaseState, deeds(actions))];
      }),
    );
    assert.equal(row, PACK_RELEASE_TABLE[state]);
  });
}

/** A holder whose questions are numbered, and what it orders. */
function play(input: Partial<PackReleaseInput> = {}) {
  let questions = 0;
  const world = {
    newQuestion: () => {
      questions += 1;
      return `question ${questions}`;
    },
  };
  const actor = createActor(packReleaseMachine, { input: { ...INPUT, world, ...input } });
  const orders: PackReleaseOrder[] = [];
  actor.on('*', (order) => orders.push(order));
  actor.start();
  return {
    orders,
    state: () => actor.getSnapshot().value,
    output: () => actor.getSnapshot().output,
    /** @returns what was ordered and answered. */
    tell: (event: PackReleaseEvent) => {
      orders.length = 0;
      actor.send(event);
      return orders.map(({ type }) => type);
    },
    receipt: (question: string, sha256: string | null = 'abc', home = 's01') => {
      orders.length = 0;
      actor.send({ type: 'receipt', home, question, sha256 });
      return orders.map((order) => (order.type === 'receipt.refused' ? `${order.type}: ${order.why}` : order.type));
    },
  };
}

test('nothing is erased without a second question, and the first receipt does not answer it', () => {
  const { tell, receipt, orders, state, output } = play();
  assert.equal(receipt('open'), ['receipt.taken', 'rest']);
  assert.equal(tell({ type: 'grace.over' }), ['ask']);
  assert.equal(orders, [{ type: 'ask', question: 'question 1', isAskedAgain: true }]);
  assert.equal(receipt('open'), ['receipt.refused: it answers a question that is not open any more']);
  assert.is(state(), 'asking');
  assert.equal(receipt('question 1'), ['receipt.taken', 'bury']);
  assert.equal(tell({ type: 'buried' }), ['erase']);
  assert.equal(tell({ type: 'erased' }), []);
  assert.equal(output(), { ended: 'released', why: '' });
});

test('a home that has lost its copy gets the pack again', () => {
  const { tell, receipt, orders, state } = play();
  receipt('open');
  tell({ type: 'grace.over' });
  assert.equal(receipt('question 1', null), ['receipt.taken', 'ask']);
  assert.equal(orders.at(-1), { type: 'ask', question: 'question 2', isAskedAgain: false });
  assert.is(state(), 'owed');
  assert.equal(receipt('question 1'), ['receipt.refused: it answers a question that is not open any more']);
});

test('a pack that is found whole beside its tombstone is asked for again', () => {
  const { orders, state } = play({ isBuried: true });
  assert.equal(orders, [{ type: 'ask', question: 'question 1', isAskedAgain: true }]);
  assert.is(state(), 'asking');
});

test('a disk that fails at the tombstone or at the erasing costs a grace, and another question', () => {
  for (const stage of ['burying', 'erasing']) {
    const { tell, receipt, orders, state } = play({ isBuried: true });
    receipt('question 1');
    if (stage === 'erasing') tell({ type: 'buried' });
    assert.equal(tell({ type: 'disk.failed', why: 'read-only' }), ['rest'], stage);
    tell({ type: 'grace.over' });
    assert.equal(orders, [{ type: 'ask', question: 'question 2', isAskedAgain: true }]);
    assert.is(state(), 'asking');
  }
});

test('a destination that changes redirects what has no receipt at once, and what has one when it is owed again', () => {
  const unconfirmed = play();
  unconfirmed.tell({ type: 'destination.changed', destination: 's03' });
  assert.equal(unconfirmed.receipt('question 1'), ['receipt.refused: it belongs to s03']);
  assert.equal(unconfirmed.receipt('question 1', 'abc', 's03'), ['receipt.taken', 'rest']);
  const confirmed = play();
  confirmed.receipt('open');
  assert.equal(confirmed.tell({ type: 'destination.changed', destination: 's03' }), []);
  confirmed.tell({ type: 'grace.over' });
  confirmed.receipt('question 1', null);
  assert.equal(confirmed.receipt('question 2', 'abc', 's03'), ['receipt.taken', 'rest']);
});

test('a pack that belongs here now is adopted, also when its home has lost it meanwhile', () => {
  const redirected = play();
  const here = { type: 'destination.changed', destination: 's02' } as const;
  assert.equal(redirected.tell(here), ['adopt']);
  assert.equal(redirected.tell({ type: 'disk.failed', why: 'read-only' }), ['ask']);
  assert.equal(redirected.tell(here), ['adopt']);
  assert.equal(redirected.tell({ type: 'adopted' }), []);
  assert.equal(redirected.output(), { ended: 'adopted', why: 'it belongs to its holder now' });
  const lost = play();
  lost.receipt('open');
  lost.tell(here);
  assert.equal(lost.receipt('open', null), ['receipt.taken', 'adopt']);
  assert.equal(play({ destination: 's02' }).orders, [{ type: 'adopt', why: 'it belongs to its holder now' }]);
});

test.run();
