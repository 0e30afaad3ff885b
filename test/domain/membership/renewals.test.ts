import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MAX_UNANSWERED_RENEWALS, Renewals } from '../../../src/domain/membership/renewals.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/renewals');

function sent(renewals: Renewals, number: number, expected: number, peers: readonly string[]): void {
  renewals.sent({ number, expected, sentMs: number * 1000, peers });
}

test('a smaller set counts only from its acknowledgement', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, ['x', 'y']);
  renewals.landed(1, 10, ['x', 'y']);
  sent(renewals, 2, 10, ['x']);
  assert.equal([...renewals.required].sort(), ['x', 'y']);
  renewals.landed(2, 11, ['x']);
  assert.equal(renewals.required, ['x']);
});

test('a larger set counts from its sending', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, ['x']);
  renewals.landed(1, 10, ['x']);
  sent(renewals, 2, 10, ['x', 'y']);
  assert.equal([...renewals.required].sort(), ['x', 'y']);
});

test('an unanswered renewal that names fewer than two ends (c)', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, ['x', 'y']);
  renewals.landed(1, 10, ['x', 'y']);
  assert.is(renewals.fewestPeers, 2);
  sent(renewals, 2, 10, ['x']);
  assert.is(renewals.fewestPeers, 1);
});

test('an acknowledgement settles what would have replaced an earlier revision, and nothing later', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, ['x']);
  sent(renewals, 2, 0, ['y']);
  sent(renewals, 3, 12, ['z']);
  renewals.landed(2, 11, ['y']);
  assert.equal([...renewals.required].sort(), ['y', 'z']);
});

test('time counts from the sending of the renewal that landed', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, []);
  sent(renewals, 2, 0, []);
  renewals.landed(1, 5, []);
  assert.is(renewals.acknowledged?.sentMs, 1000);
});

test('an old acknowledgement takes nothing back', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, ['x']);
  renewals.landed(1, 5, ['x']);
  sent(renewals, 2, 5, ['y']);
  renewals.landed(2, 6, ['y']);
  renewals.landed(1, 5, ['x']);
  assert.equal(renewals.acknowledged, { revision: 6, sentMs: 2000, peers: ['y'] });
});

test('renewals beyond the number that is kept apart still count as required, and give no time when they land', () => {
  const renewals = new Renewals();
  sent(renewals, 1, 0, ['a', 'b', 'c']);
  renewals.landed(1, 5, ['a', 'b', 'c']);
  sent(renewals, 2, 5, ['early']);
  for (let number = 3; number < 3 + MAX_UNANSWERED_RENEWALS; number += 1) sent(renewals, number, 5, ['a', 'b']);
  assert.is(renewals.unanswered.length, MAX_UNANSWERED_RENEWALS);
  assert.ok(renewals.required.includes('early'));
  assert.is(renewals.fewestPeers, 1);
  renewals.landed(2, 6, ['early']);
  assert.equal(renewals.acknowledged, { revision: 6, sentMs: 1000, peers: ['early'] });
  assert.equal(renewals.required, ['early']);
});

/** A key with compare-and-set, writes that land late or never, and answers that may be lost. */
test('whichever record is in the bucket, its peers are required, and it names at least the smallest number', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('send' as const), peers: fc.subarray(['u', 'v', 'w', 'x']) }),
    fc.record({ do: fc.constant('land' as const), which: fc.nat(50) }),
    fc.record({ do: fc.constant('answer' as const), which: fc.nat(50) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const renewals = new Renewals();
      const bucket = { revision: 0, peers: [] as readonly string[] };
      const writes: { number: number; expected: number; peers: readonly string[]; revision?: number; done: boolean }[] =
        [];
      for (const it of steps) {
        if (it.do === 'send') {
          const expected = renewals.acknowledged?.revision ?? 0;
          writes.push({ number: writes.length + 1, expected, peers: it.peers, done: false });
          sent(renewals, writes.length, expected, it.peers);
          continue;
        }
        const write = writes[it.which % Math.max(1, writes.length)];
        if (write === undefined) continue;
        if (it.do === 'land' && !write.done) {
          write.done = true;
          if (write.expected === bucket.revision) {
            bucket.revision += 1;
            bucket.peers = write.peers;
            write.revision = bucket.revision;
          }
        } else if (it.do === 'answer' && write.done) {
          if (write.revision === undefined) renewals.refused(write.number);
          else renewals.landed(write.number, write.revision, write.peers);
        }
        if (bucket.revision === 0) continue;
        assert.ok(bucket.peers.every((peer) => renewals.required.includes(peer)));
        assert.ok(renewals.acknowledged === undefined || renewals.fewestPeers <= bucket.peers.length);
      }
    }),
    { numRuns: 300 },
  );
});

test('the required set shrinks only by an acknowledgement', () => {
  fc.assert(
    fc.property(fc.array(fc.subarray(['u', 'v', 'w', 'x', 'y']), { maxLength: 80 }), (sets) => {
      const renewals = new Renewals();
      sent(renewals, 1, 0, ['a']);
      renewals.landed(1, 1, ['a']);
      let before: readonly string[] = renewals.required;
      for (const [index, peers] of sets.entries()) {
        sent(renewals, index + 2, 1, peers);
        assert.ok(before.every((peer) => renewals.required.includes(peer)));
        before = renewals.required;
      }
    }),
  );
});

test.run();
