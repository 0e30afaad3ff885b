import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { sharedInstant } from '../../src/warden/lease.ts';
import { type LeaseClock, LeaseGuard } from '../../src/warden/lease-guard.ts';
import { eventually } from '../support/eventually.ts';
import { HeapClock } from '../support/heap-clock.ts';
import { socketPair } from '../support/socket-pair.ts';
import { suite } from '../support/suite.ts';

const test = suite('warden/lease-guard');

/** Time that passes only when the test says so, and a last guard: when it has spoken, every earlier guard had its turn. */
function givenTime() {
  const heap = new HeapClock();
  const clock: LeaseClock = {
    instant: () => ({ monoMs: heap.now(), wallMs: heap.now() }),
    setTimeout: (run, waitMs) => heap.setTimeout(run, waitMs),
    clearTimeout: (timer) => heap.clearTimeout(timer as number),
  };
  const lease = (ms: number) => ({ untilMonoMs: heap.now() + ms, untilWallMs: heap.now() + ms });
  const passes = async (ms: number, atOnce = () => {}) => {
    const ends: number[] = [];
    using last = new LeaseGuard((lateMs) => ends.push(lateMs), clock);
    last.take(lease(ms));
    // Timers of this host run in a turn that reads waiting pipes next.
    await once(AbortSignal.timeout(0), 'abort');
    atOnce();
    heap.advance(ms);
    await eventually('the guard that was asked last says that its lease is over', () => ends.length === 1);
  };
  return { clock, lease, passes };
}

test('a lease that is not extended ends once, and not before its time', async () => {
  const { clock, lease, passes } = givenTime();
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs), clock);
  guard.take(lease(120));
  await passes(119);
  assert.equal(ends, []);
  await passes(1);
  assert.equal(ends, [0]);
  guard.take(lease(1));
  await passes(1000);
  assert.equal(ends, [0]);
});

test('on the clocks of this host: a lease ends also by the wall clock alone', async () => {
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs));
  const now = sharedInstant();
  guard.take({ untilMonoMs: now.monoMs + 60_000, untilWallMs: now.wallMs + 10 });
  const [lateMs = -1] = await eventually('it is over', () => ends.length === 1 && ends);
  assert.ok(lateMs >= 0);
});

test('a lease that is extended, or no longer needed, does not end', async () => {
  const { clock, lease, passes } = givenTime();
  const ends: string[] = [];
  using guard = new LeaseGuard(() => ends.push('the extended one'), clock);
  guard.take(lease(20));
  guard.take(lease(60_000));
  using other = new LeaseGuard(() => ends.push('the one that is not needed'), clock);
  other.take(lease(20));
  other.take(undefined);
  await passes(59_999);
  assert.equal(ends, []);
  await passes(1);
  assert.equal(ends, ['the extended one']);
});

test('messages that wait in the pipe are read before a lease counts as over', async () => {
  const { clock, lease, passes } = givenTime();
  await using pair = await socketPair();
  const ends: number[] = [];
  using guard = new LeaseGuard((lateMs) => ends.push(lateMs), clock);
  let read = 0;
  pair.right.on('data', () => {
    read += 1;
    guard.take(lease(60_000));
  });
  guard.take(lease(30));
  // In the same turn in which the timer of the guard runs: the guard has not read it by then.
  await passes(60, () => pair.left.write('a newer lease'));
  assert.equal([read, ends], [1, []]);
  await passes(59_000);
  assert.equal(ends, []);
});

test.run();
