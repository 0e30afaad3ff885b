import * as assert from 'uvu/assert';
import { startNumber } from '../../src/domain/segment-number.ts';
import { suite } from '../support/suite.ts';

const test = suite('domain/segment-number');

const hints = { nowUnixMs: 2_000_999, segmentMs: 2000, highestNumber: undefined, nextNumber: undefined };

test('is unix time divided by segment duration', () => assert.is(startNumber(hints), 1000));

test('is above every number that is known', () => {
  assert.is(startNumber({ ...hints, highestNumber: 1000 }), 1001);
  assert.is(startNumber({ ...hints, highestNumber: 7 }), 1000);
});

test('is at least what the previous owner left', () => {
  assert.is(startNumber({ ...hints, nextNumber: 1002, highestNumber: 1000 }), 1002);
  assert.is(startNumber({ ...hints, nextNumber: 4 }), 1000);
});

test.run();
