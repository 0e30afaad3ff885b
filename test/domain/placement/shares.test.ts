import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { sharesOf } from '../../../src/domain/placement/shares.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/placement/shares');

test('even by capacity', () => {
  const claimants = [
    { capacity: 1, pinned: 0 },
    { capacity: 3, pinned: 2 },
  ];
  assert.equal(sharesOf(claimants, 8), [2, 6]);
});

test('a server with more pins than its even part keeps them, and the others share the rest', () => {
  const claimants = [
    { capacity: 1, pinned: 7 },
    { capacity: 1, pinned: 0 },
    { capacity: 1, pinned: 1 },
  ];
  assert.equal(sharesOf(claimants, 10), [7, 1.5, 1.5]);
});

test('no server to share among', () => assert.equal(sharesOf([], 5), []));

test('shares add up, and none is smaller than its pins', () => {
  const claimant = fc.record({ capacity: fc.integer({ min: 1, max: 4 }), pinned: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(claimant, { minLength: 1, maxLength: 10 }), fc.nat(100), (claimants, rest) => {
      const total = claimants.reduce((sum, it) => sum + it.pinned, rest);
      const shares = sharesOf(claimants, total);
      assert.ok(Math.abs(shares.reduce((sum, it) => sum + it, 0) - total) < 1e-6);
      assert.ok(shares.every((share, index) => share >= (claimants[index]?.pinned ?? 0) - 1e-9));
    }),
  );
});

test.run();
