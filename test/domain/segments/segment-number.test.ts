import * as assert from 'uvu/assert';
import { NUMBERS_SINCE_MS, numberAtClaim, startNumber } from '../../../src/domain/segments/segment-number.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/segments/segment-number');

const HOUR_MS = 3_600_000;
const segmentMs = 2000;
const at = { nowUnixMs: NUMBERS_SINCE_MS + 2_000_999, segmentMs };
const hints = { ...at, highestNumber: undefined, nextNumber: undefined };
const iso = (unixMs: number) => new Date(unixMs).toISOString();

test('is the time since 2025 divided by the segment duration', () => {
  assert.is(startNumber(hints), 1000);
  assert.is(startNumber({ ...hints, nowUnixMs: 0 }), 0, 'a clock that has never been set');
});

test('is above every number that is known', () => {
  assert.is(startNumber({ ...hints, highestNumber: 1000 }), 1001);
  assert.is(startNumber({ ...hints, highestNumber: 7 }), 1000);
});

test('is at least what the claim found in the record', () => {
  assert.is(startNumber({ ...hints, nextNumber: 1002, highestNumber: 1000 }), 1002);
  assert.is(startNumber({ ...hints, nextNumber: 4 }), 1000);
});

test('with every segment duration that a configuration may have, numbers stay below 2^31 for decades', () => {
  const nowUnixMs = Date.UTC(2055, 0, 1);
  for (const ms of [500, 501, 829, 1000, 2000, 20_000]) {
    assert.ok(startNumber({ ...hints, nowUnixMs, segmentMs: ms }) < 2 ** 31, `${ms} ms`);
  }
});

test('a stream that was handed back goes on where it stopped; a stream without a record begins by the clock', () => {
  const recorded = { nextNumber: 5000, discontinuities: 1, isFinal: true, since: iso(0) };
  assert.is(numberAtClaim(recorded, at), 5000);
  assert.is(numberAtClaim({ ...recorded, nextNumber: undefined }, at), 0);
  assert.is(numberAtClaim(undefined, at), 0);
});

test('a lost owner that was not heard counts as having used the numbers of all the time that it had the stream', () => {
  const since = iso(at.nowUnixMs - HOUR_MS);
  const recorded = { nextNumber: 5000, discontinuities: 1, isFinal: false, since };
  const used = HOUR_MS / segmentMs;
  const number = numberAtClaim(recorded, at);
  assert.ok(number >= 5000 + used && number < 5000 + used + 1000, `${number}`);
  assert.ok(numberAtClaim({ ...recorded, since: iso(at.nowUnixMs + HOUR_MS) }, at) >= 5000, 'its clock was ahead');
  assert.ok(numberAtClaim({ ...recorded, since: 'soon' }, at) >= 5000);
});

test('a lost owner of an earlier version counted from 1970, and the next one begins above', () => {
  const recorded = { nextNumber: undefined, discontinuities: 1, isFinal: false, since: iso(0) };
  assert.ok(numberAtClaim(recorded, at) >= at.nowUnixMs / segmentMs);
});

test.run();
