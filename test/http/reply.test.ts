import * as assert from 'uvu/assert';
import { parseRange } from '../../src/http/reply.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/reply');

test('ranges', () => {
  for (const [header, expected] of [
    [undefined, 'whole'],
    ['bytes=0-', { first: 0, last: 99 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=90-500', { first: 90, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-500', { first: 0, last: 99 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=5-2', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['lines=0-1', 'whole'],
  ] as const) {
    assert.equal(parseRange(header, 100), expected, String(header));
  }
});

test.run();
