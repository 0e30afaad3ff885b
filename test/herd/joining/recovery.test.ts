import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.ts';
import { CHECKED_WITHIN_MS, givenTime, recoveryWorld, TIMES } from '../../support/recovery-world.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/joining/recovery');

test('without a loss placing begins at once', () => {
  using it = recoveryWorld();
  it.recovery.whenSafe(it.open);
  assert.is(it.asked.opened, 1);
});

test('a loss is an event and an error, and placing waits until the others have begun new sessions', async () => {
  using it = recoveryWorld();
  it.take('s02', 7);
  it.recovery.lost('servers', 'the bucket was made anew');
  it.servers.lost('a test');
  it.recovery.serversCurrent(0);
  assert.equal(
    it.told.map(({ kind, why }) => `${kind}: ${why}`),
    ['bus-amnesia: the bucket servers lost its data: the bucket was made anew'],
  );
  assert.match(it.errors[0] ?? '', 'NATS has lost data of the herd, bucket servers');
  it.recovery.whenSafe(it.open);
  assert.is(it.asked.opened, 0);
  assert.match(it.recovery.whyWaiting ?? '', 'sessions of s02 from before');
  it.take('s02', 2, 's02-2');
  await eventually('it is safe', () => it.asked.opened === 1);
  assert.is(it.recovery.whyWaiting, undefined);
  assert.is(it.asked.dropped, 1);
});

test('a session that does not come back is waited for as long as it may capture, and no longer', () => {
  const time = givenTime();
  using it = recoveryWorld(time.clock);
  it.take('s02', 7);
  it.recovery.lost('servers', 'gone');
  it.servers.lost('a test');
  it.recovery.whenSafe(it.open);
  time.advance(TIMES.evictSlowMs - 1);
  assert.is(it.asked.opened, 0);
  time.advance(CHECKED_WITHIN_MS);
  assert.is(it.asked.opened, 1);
});

test('a session on the roster has not ended, though a session from before the loss could not capture any more by then', () => {
  const { clock, advance } = givenTime();
  using it = recoveryWorld(clock);
  // It joined after the loss, and was seen before the loss was noticed.
  it.take('s02', 7);
  it.recovery.lost('servers', 'the bucket was made anew');
  it.servers.lost('a test');
  it.take('s02', 7);
  it.recovery.serversCurrent(7);
  it.recovery.whenSafe(it.open);
  advance(TIMES.evictRideMs + CHECKED_WITHIN_MS);
  assert.is(it.asked.opened, 1);
  assert.is(it.recovery.hasEnded('s02-1'), false);
  it.take('s02', 8, 's02-2');
  assert.is(it.recovery.hasEnded('s02-1'), true);
});

test('a session on the roster when the roster is lost once more is waited for again', () => {
  const { clock, advance } = givenTime();
  using it = recoveryWorld(clock);
  for (const why of ['the bucket was made anew', 'once more']) {
    it.take('s02', 7);
    it.recovery.lost('servers', why);
    it.servers.lost('a test');
    it.recovery.whenSafe(it.open);
    assert.is(it.recovery.hasEnded('s02-1'), false, why);
    advance(TIMES.evictRideMs + CHECKED_WITHIN_MS);
    assert.is(it.recovery.hasEnded('s02-1'), true, why);
  }
});

test('a session that ended while it waited does not begin to place', () => {
  const time = givenTime();
  using it = recoveryWorld(time.clock);
  it.take('s02', 7);
  it.recovery.lost('servers', 'gone');
  it.servers.lost('a test');
  it.recovery.whenSafe(it.open);
  it.recovery.close();
  time.advance(TIMES.evictSlowMs + CHECKED_WITHIN_MS);
  assert.is(it.recovery.isWaiting, false, 'it would be safe now');
  assert.is(it.asked.opened, 0);
});

test('lost definitions: those of the server’s own file are put back, repeatedly, before a session begins and before any is dropped', async () => {
  let attempts = 0;
  const time = givenTime();
  using it = recoveryWorld(time.clock, async () => {
    attempts += 1;
    return attempts === 2;
  });
  const back = it.busAway();
  it.recovery.lost('streams', 'gone');
  let isReady = false;
  const ready = it.recovery.ready().then(() => {
    isReady = true;
  });
  it.recovery.whenSafe(it.open);
  assert.equal([attempts, isReady, it.asked.opened, it.asked.dropped], [0, false, 0, 0]);
  back();
  await time.during(ready);
  assert.is(attempts, 2);
  time.advance(CHECKED_WITHIN_MS);
  assert.is(it.asked.opened, 1, 'placing begins');
  assert.is(it.asked.dropped, 1);
});

test.run();
