import * as assert from 'uvu/assert';
import { lapseReason, ruleInForce, type StandingEvidence, standing } from '../../../src/domain/membership/standing.ts';
import { TIMES } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/standing');

/** Last acknowledged renewal sent at `renewedMs`; each peer with the sending of the beat that it acknowledged last. */
function evidence(
  renewedMs: number,
  vouched: Record<string, number>,
  fewestPeers = Object.keys(vouched).length,
): StandingEvidence {
  return {
    renewals: {
      acknowledged: { revision: 1, sentMs: renewedMs, peers: Object.keys(vouched) },
      required: Object.keys(vouched),
      fewestPeers,
    },
    vouchers: { vouchedMs: (session) => vouched[session] ?? Number.NEGATIVE_INFINITY },
  };
}

const rule = (it: StandingEvidence, ownMs: number) => ruleInForce(standing(it, TIMES), ownMs);

test('(a) for F after the sending of a renewal that was acknowledged', () => {
  const it = evidence(10_000, { x: Number.NEGATIVE_INFINITY });
  assert.is(rule(it, 11_499), 'a');
  assert.is(rule(it, 11_500), undefined);
});

test('(b) for F after the sending of the oldest beat that every peer acknowledged', () => {
  const it = evidence(0, { x: 20_000, y: 20_300 });
  assert.is(rule(it, 21_499), 'b');
  assert.is(rule(it, 21_500), undefined);
});

test('(b) rides for ten minutes', () => {
  const it = evidence(0, { x: 599_900, y: 599_900 });
  assert.is(rule(it, 599_999), 'b');
  assert.is(rule(it, 600_000), undefined);
});

test('(b) without peers rides alone', () => {
  assert.is(rule(evidence(0, {}), 599_999), 'b');
  assert.is(rule(evidence(0, {}), 600_000), undefined);
});

test('(c) with one missing, for Fslow after the renewal', () => {
  const it = evidence(0, { x: 0, y: 11_800 });
  assert.is(rule(it, 11_999), 'c');
  assert.is(rule(it, 12_000), undefined);
});

test('(c) not with two missing', () => {
  assert.is(rule(evidence(0, { x: 0, y: 0, z: 5000 }), 5100), undefined);
});

test('(c) needs two recorded peers in every record that may be in the bucket', () => {
  assert.is(rule(evidence(0, { x: 0, y: 5000 }, 1), 5100), undefined);
  assert.is(rule(evidence(0, { x: 0, y: 5000 }, 2), 5100), 'c');
});

test('nothing without a renewal', () => {
  const never: StandingEvidence = {
    renewals: { acknowledged: undefined, required: [], fewestPeers: 0 },
    vouchers: { vouchedMs: () => 0 },
  };
  assert.is(rule(never, 0), undefined);
  assert.is(lapseReason(never, TIMES, 0), 'its key in the bucket was never written');
});

test('why it lapsed names the silent', () => {
  assert.is(
    lapseReason(evidence(0, { x: 0, y: 5000 }, 1), TIMES, 5100),
    'no renewal sent in the last 5100 ms was acknowledged by the bus, and 1 of 2 peers have not vouched for 1500 ms (x)',
  );
});

test.run();
