import * as assert from 'uvu/assert';
import { Lag } from '../../../src/domain/beats/hearing.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/beats/hearing');

const GRACE_MS = 625;
const BEAT_MS = 250;
const seen = (owners: number) => ({ servers: 1, owners, streams: 1 });

/** How often the bucket is named while a peer beats `theirs` for so long; `own` may follow. */
function namings(lag: Lag, forMs: number, theirs: number | undefined, own: number, fromMs = 0): number[] {
  const namedMs: number[] = [];
  for (let nowMs = fromMs; nowMs < fromMs + forMs; nowMs += BEAT_MS) {
    if (theirs !== undefined) lag.heard(seen(theirs), seen(own), nowMs);
    if (lag.overdue(seen(own), nowMs).length > 0) namedMs.push(nowMs);
  }
  return namedMs;
}

test('a bucket that is behind for the grace is named, and not before', () => {
  const lag = new Lag(GRACE_MS);
  lag.heard(seen(8), seen(7), 0);
  assert.equal(lag.overdue(seen(7), GRACE_MS - 1), []);
  assert.equal(lag.overdue(seen(7), GRACE_MS), [{ bucket: 'owners', revision: 8 }]);
});

test('a view that has caught up is no longer named, and the next lag has its own grace', () => {
  const lag = new Lag(GRACE_MS);
  lag.heard(seen(8), seen(7), 0);
  assert.equal(lag.overdue(seen(8), GRACE_MS), []);
  lag.heard(seen(9), seen(8), GRACE_MS);
  assert.equal(lag.overdue(seen(8), GRACE_MS + 1), []);
  assert.equal(lag.overdue(seen(8), 2 * GRACE_MS), [{ bucket: 'owners', revision: 9 }]);
});

test('what a peer said of a bucket that was made again is forgotten when the peer no longer says it', () => {
  const lag = new Lag(GRACE_MS);
  lag.heard(seen(900), seen(3), 0);
  assert.is(namings(lag, 600_000, 3, 3).length, 1);
});

test('a peer that never learns that the bucket was made again does not cause reads all the time', () => {
  const lag = new Lag(GRACE_MS);
  const namedMs = namings(lag, 600_000, 900, 3);
  assert.ok(namedMs.length >= 15 && namedMs.length <= 30, `${namedMs.length} times in ten minutes`);
});

test('when peers name a lower revision later, the view has to reach only that one', () => {
  const lag = new Lag(GRACE_MS);
  lag.heard(seen(900), seen(3), 0);
  lag.heard(seen(5), seen(3), 100);
  assert.equal(lag.overdue(seen(3), GRACE_MS), [{ bucket: 'owners', revision: 5 }]);
  assert.equal(lag.overdue(seen(5), 10 * GRACE_MS), []);
  assert.equal(namings(lag, 60_000, 5, 5, 10 * GRACE_MS), []);
});

test('a view that lags is named within the grace, also if a peer goes on speaking of a bucket that no longer exists', () => {
  const lag = new Lag(GRACE_MS);
  namings(lag, 300_000, 900, 3);
  const fromMs = 300_000;
  assert.equal(lag.overdue(seen(3), fromMs), []);
  lag.heard(seen(5), seen(3), fromMs);
  lag.heard(seen(900), seen(3), fromMs);
  assert.equal(lag.overdue(seen(3), fromMs + GRACE_MS), [{ bucket: 'owners', revision: 5 }]);
});

test('a peer that is wrong causes no more reads because others are ahead for moments', () => {
  const lag = new Lag(GRACE_MS);
  let named = 0;
  for (let nowMs = 0, own = 3; nowMs < 600_000; nowMs += BEAT_MS) {
    if (nowMs % 10_000 === 0) lag.heard(seen(own + 1), seen(own), nowMs);
    else if (nowMs % 10_000 === BEAT_MS) own += 1;
    lag.heard(seen(9_000), seen(own), nowMs);
    named += lag.overdue(seen(own), nowMs).length;
  }
  assert.ok(named <= 30, `${named} times in ten minutes`);
});

test.run();
