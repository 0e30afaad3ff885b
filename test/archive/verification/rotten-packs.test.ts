import * as assert from 'uvu/assert';
import { MAX_ROTTEN_PACKS, RottenPacks } from '../../../src/archive/verification/rotten-packs.ts';
import { suite } from '../../support/suite.ts';

const test = suite('archive/verification/rotten-packs');

const part = (first: number, last: number) => {
  return { firstNumber: first, lastNumber: last, fromMs: (first - 9) * 1000, untilMs: (last - 8) * 1000 };
};
test('a pack that gets worse is told again, an unchanged pack is not, and the number of remembered packs is bounded', () => {
  const packs = new RottenPacks();
  const id = { epoch: 17, firstNumber: 10, startMs: 1000 };
  const found = { root: '/disk', stream: 'cam01', id, foundMs: 5, parts: [part(11, 11)] };
  assert.equal([packs.put(found), packs.put({ ...found, foundMs: 9 })], [true, false]);
  assert.is(packs.put({ ...found, parts: [part(11, 12)] }), true);
  assert.is(packs.isRotten('/disk', 'cam01', id, 12), true);
  assert.is(packs.isRotten('/other', 'cam01', id, 12), false);
  packs.forget('/disk', 'cam01', id);
  assert.is(packs.isRotten('/disk', 'cam01', id, 12), false);
  for (let epoch = 0; epoch < MAX_ROTTEN_PACKS; epoch += 1) packs.put({ ...found, id: { ...id, epoch } });
  assert.is(packs.put({ ...found, id: { ...id, epoch: 1e6 } }), false);
  assert.is(packs.put({ ...found, root: '/other' }), true, 'another root has its own bound');
});

test.run();
