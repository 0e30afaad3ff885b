import * as assert from 'uvu/assert';
import { sharedInstant } from '../../src/warden/lease.ts';
import { LeaseGuard } from '../../src/warden/lease-guard.ts';
import { eventually } from '../support/eventually.ts';
import { socketPair } from '../support/socket-pair.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/lease-guard');

/** For so long from now. */
function lease(ms: number, wallMs = ms) {
  const now = sharedInstant();
  return { untilMonoMs: now.monoMs + ms, untilWallMs: now.wallMs + wallMs };
}

/** This process does nothing at all, as if it were stopped. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a lease that nobody extends is over once, and not before its time', async () => {
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs));
  guard.take(lease(120));
  const [lateMs = -1] = await eventually('it is over', () => ends.length > 0 && ends);
  assert.ok(lateMs >= 0);
  guard.take(lease(1));
  const from = performance.now();
  await eventually('time for another end', () => performance.now() - from > 60);
  assert.is(ends.length, 1);
});

test('the wall clock alone ends it too', async () => {
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs));
  guard.take(lease(60_000, 10));
  await eventually('it is over', () => ends.length === 1);
});

test('one that is extended, or not needed any more, does not end', async () => {
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs));
  guard.take(lease(20));
  guard.take(lease(60_000));
  using other = new LeaseGuard((lateMs) => ends.push(lateMs));
  other.take(lease(20));
  other.take(undefined);
  const from = performance.now();
  await eventually('both would be over', () => performance.now() - from > 100);
  assert.equal(ends, []);
});

test('what waits in the pipe is read before a lease counts as over', async () => {
  await using pair = await socketPair();
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs));
  let read = 0;
  pair.right.on('data', () => {
    read += 1;
    guard.take(lease(60_000));
  });
  guard.take(lease(30));
  pair.left.write('a newer lease');
  freeze(60);
  await eventually('it is read', () => read === 1);
  const from = performance.now();
  await eventually('the first lease is long over', () => performance.now() - from > 60);
  assert.equal(ends, []);
});

test.run();
