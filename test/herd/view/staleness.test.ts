import * as assert from 'uvu/assert';
import { Staleness } from '../../../src/herd/view/staleness.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/staleness');

function world() {
  const lines: string[] = [];
  const changes: boolean[] = [];
  const note = (line: string) => void lines.push(line);
  const staleness = new Staleness(
    { unixMs: () => 1e12 },
    { debug: () => {}, info: note, warn: note, error: note },
    (isStale) => void changes.push(isStale),
  );
  return { staleness, lines, changes };
}

test('staleness lasts from the first cause to the end of the last, and both are told once', () => {
  const { staleness, lines, changes } = world();
  assert.is(staleness.now, undefined);
  staleness.begin('owners', 'owners: no answer');
  staleness.begin('bus', 'the bus is silent');
  staleness.begin('owners', 'owners: still no answer');
  assert.equal(staleness.now, { since: '2001-09-09T01:46:40.000Z', why: 'owners: no answer' });
  staleness.end('owners');
  assert.is(staleness.now?.why, 'the bus is silent');
  staleness.end('owners');
  staleness.end('bus');
  assert.is(staleness.now, undefined);
  assert.equal(changes, [true, false]);
  assert.is(lines.length, 2);
});

test('a cause that never began does not end', () => {
  const { staleness, changes } = world();
  staleness.end('bus');
  assert.equal(changes, []);
});

test.run();
