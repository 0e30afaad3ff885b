import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { Exploration } from './model/exploration.ts';
import type { Plant } from './model/plant.ts';
import { ReturnModel } from './model/return-model.ts';
import { TwoPacks } from './model/two-packs.ts';

/** So many show each planted one. */
const FAULTS = 2;
/** On the way to a state of both packs. */
const FAULTS_OF_TWO = 3;

const test = suite('machines/returning/return-model', { deadlineMs: 60_000 });

test('A1, A2, A5: one pack, with every fault in every state', () => {
  const { states, broken } = new Exploration(new ReturnModel()).run();
  assert.is(broken, undefined);
  assert.ok(states > 50_000, `only ${states} states: the faults do not bite`);
});

test('A2: a holder whose copy has rotted never erases it', () => {
  const model = new ReturnModel();
  const { states, broken } = new Exploration(model).run(model.start(true));
  assert.is(broken, undefined);
  assert.ok(states > 200, `only ${states} states`);
});

test('A1, A5: two packs of which one is for a bad disk', () => {
  const { states, broken } = new TwoPacks(new ReturnModel(), FAULTS_OF_TWO).run();
  assert.is(broken, undefined);
  assert.ok(states > 1000, `only ${states} states`);
});

/** One of them is that `capture_at` names a third server. */
const FAULTS_OF_THREE = 3;

test('A1, A3, A5: where capture_at names a third server at any moment, one server keeps the pack in the end', () => {
  const { states, broken } = new Exploration(new ReturnModel({}, true), FAULTS_OF_THREE).run();
  assert.is(broken, undefined);
  assert.ok(states > 5000, `only ${states} states`);
});

const PLANTED_OF_THREE: Readonly<Record<string, Plant>> = {
  'a home that ends between place and receipt has not noted its copy': { notesNothing: true },
  'the note goes with the first receipt': { forgetsAtFirstReceipt: true },
};

for (const [title, plant] of Object.entries(PLANTED_OF_THREE)) {
  test(`finds what is planted: ${title}`, () => {
    const { broken = 'nothing' } = new Exploration(new ReturnModel(plant, true), FAULTS).run();
    assert.match(broken, /^A5: .*capture_at names a third server/s);
  });
}

/** Each rule, taken away in the machines or in what their drivers do, and what then breaks. */
const PLANTED: Readonly<Record<string, readonly [Plant, RegExp]>> = {
  'erased before any receipt': [{ holder: [['owed', 'grace.over', 'erasing']] }, /^A2: erased before its tombstone/],
  'buried before any receipt': [{ holder: [['owed', 'grace.over', 'burying']] }, /^A2: erased without a copy/],
  'erased without a second question': [
    { holder: [['resting', 'grace.over', 'burying']] },
    /^A2: erased without a copy/,
  ],
  'the second question is that of the first': [{ reusesQuestions: true }, /^A2/],
  'a receipt counts whatever question it answers': [
    { holder: [['asking', 'old receipt', 'burying', 'receipt.taken']] },
    /^A2: erased without a copy/,
  ],
  'a receipt for another hash': [
    {
      namesOtherBytes: true,
      home: [
        ['readingBack', 'differs', 'placing'],
        ['verifying', 'differs', 'confirming'],
      ],
      holder: [
        ['owed', 'receipt, other bytes', 'resting', 'receipt.taken'],
        ['asking', 'receipt, other bytes', 'burying', 'receipt.taken'],
      ],
    },
    /^A2: erased without a copy/,
  ],
  'what differs is confirmed': [
    { home: [['readingBack', 'differs', 'placing']] },
    /^A2: a receipt for a pack that is not/,
  ],
  'a receipt before the content is synced': [
    { home: [['fetching', 'fetched', 'readingBack']] },
    /^A2: a receipt for .* takes away/,
  ],
  'a receipt before the names are synced': [{ placesUnsynced: true }, /^A2: a receipt for .* takes away/],
  'a copy of an earlier run is verified and not synced': [
    { verifiesUnsynced: true },
    /^A2: a receipt for .* takes away/,
  ],
  'nothing is read back': [{ home: [['syncing', 'synced', 'placing']] }, /^A2: a receipt for a pack that is not/],
  'a root that came back empty: the second question is answered from memory': [
    { home: [['verifying', 'missing', 'confirming']] },
    /^A2: a receipt for a pack that is not/,
  ],
  'a tombstone after the erasing': [
    {
      holder: [
        ['asking', 'receipt', 'erasing', 'receipt.taken'],
        ['erasing', 'erased', 'burying'],
        ['burying', 'buried', 'released'],
      ],
    },
    /^A2: erased before its tombstone/,
  ],
  'a tombstone that is not synced': [
    { holder: [['asking', 'receipt', 'erasing', 'receipt.taken']] },
    /^A2: erased before its tombstone/,
  ],
  'a tombstone is leave to erase at the start': [{ erasesWhatIsBuried: true }, /^A2: erased/],
  'a lost copy is not told': [{ home: [['verifying', 'missing', 'looking']] }, /^A5/],
};

for (const [title, [plant, expected]] of Object.entries(PLANTED)) {
  test(`finds what is planted: ${title}`, () => {
    const { broken = 'nothing' } = new Exploration(new ReturnModel(plant), FAULTS).run();
    assert.match(broken, expected);
  });
}

test.run();
