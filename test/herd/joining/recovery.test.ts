import * as assert from 'uvu/assert';
import type { Told } from '../../../src/domain/herd-event.ts';
import { serverRecordText } from '../../../src/domain/records/server-record.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { HerdMemory } from '../../../src/herd/joining/herd-memory.ts';
import { Recovery } from '../../../src/herd/joining/recovery.ts';
import { Servers } from '../../../src/herd/view/servers.ts';
import { type Clock, PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { controlDisk } from '../../../src/media/disk-places.ts';
import { recordOf } from '../../domain/membership/herd-fixture.ts';
import { eventually } from '../../support/eventually.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const test = suite('herd/joining/recovery');
const NO_LOG = { info: () => {}, warn: () => {}, error: () => {} };
/** How often it is looked whether placing is safe, with some room. */
const CHECKED_WITHIN_MS = 200;
const TIMES = { ...DEFAULT_TIMES, evictSlowMs: 400, evictRideMs: 60_000 };

/** Time that passes only when it is told to. */
function givenTime() {
  const heap = new HeapClock();
  const clock: Clock = {
    now: () => heap.now(),
    unixMs: () => heap.now(),
    setTimeout: (run, waitMs) => heap.setTimeout(run, waitMs),
    clearTimeout: (timer) => heap.clearTimeout(timer as number),
  };
  const advance = (ms: number) => heap.advance(ms);
  return {
    clock,
    advance,
    /** Lets time pass until `promise` is settled, which waits for the disk too. */
    async during<T>(promise: Promise<T>): Promise<T> {
      let isSettled = false;
      const settled = promise.finally(() => {
        isSettled = true;
      });
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (isSettled) return settled;
        advance(CHECKED_WITHIN_MS);
      }
    },
  };
}

function world(clock: Clock = PROCESS_CLOCK, restore = async () => true) {
  const servers = new Servers();
  const told: Told[] = [];
  const errors: string[] = [];
  const asked = { reconciled: 0, dropped: 0, opened: 0 };
  const now = { revision: 0, life: 'a' };
  const owners = { revision: 0, life: 'o' };
  let reconcile = () => {};
  let reconciled = Promise.resolve();
  const recovery = new Recovery({
    server: 's01',
    times: TIMES,
    servers,
    log: { info: () => {}, warn: () => {}, error: (line) => void errors.push(line) },
    reconciled: () => {
      asked.reconciled += 1;
      return reconciled;
    },
    sight: () => ({ servers: { ...now }, owners: { ...owners } }),
    isStale: () => false,
    session: () => ({ session: 's01-1', standingForMs: () => 1000 }),
    restore,
    onEnded: () => {},
    dropLostDefinitions: () => {
      asked.dropped += 1;
    },
    tell: (event) => void told.push(event),
    clock,
  });
  return {
    recovery,
    servers,
    told,
    errors,
    asked,
    now,
    owners,
    open: () => {
      asked.opened += 1;
    },
    take: (server: string, revision: number, session = `${server}-1`, peers = ['s01-1']) =>
      servers.take({ key: server, revision, text: serverRecordText(recordOf(server, { session, peers })) }),
    /** The bus is away until the returned function is called. */
    busAway: () => {
      reconciled = new Promise((resolve) => {
        reconcile = resolve;
      });
      return () => reconcile();
    },
    [Symbol.dispose]: () => recovery[Symbol.dispose](),
  };
}

test('without a loss placing begins at once', () => {
  using it = world();
  it.recovery.whenSafe(it.open);
  assert.is(it.asked.opened, 1);
});

test('a loss is an event and an error, and placing waits for the others to begin anew', async () => {
  using it = world();
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
  it.take('s02', 2, 's02-2');
  await eventually('it is safe', () => it.asked.opened === 1);
  assert.is(it.asked.dropped, 1);
});

test('one that does not come back is waited for as long as it may capture, and no longer', () => {
  const time = givenTime();
  using it = world(time.clock);
  it.take('s02', 7);
  it.recovery.lost('servers', 'gone');
  it.servers.lost('a test');
  it.recovery.whenSafe(it.open);
  time.advance(TIMES.evictSlowMs - 1);
  assert.is(it.asked.opened, 0);
  time.advance(CHECKED_WITHIN_MS);
  assert.is(it.asked.opened, 1);
});

test('who is on the roster has not ended, though it was waited for as long as one of before the loss may capture', () => {
  const { clock, advance } = givenTime();
  using it = world(clock);
  // It joined after the loss, and was seen before that was noticed.
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

test('who is on the roster when that is lost once more is waited for anew', () => {
  const { clock, advance } = givenTime();
  using it = world(clock);
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

test('a session that ended while it waited opens nothing', () => {
  const time = givenTime();
  using it = world(time.clock);
  it.take('s02', 7);
  it.recovery.lost('servers', 'gone');
  it.servers.lost('a test');
  it.recovery.whenSafe(it.open);
  it.recovery.close();
  time.advance(TIMES.evictSlowMs + CHECKED_WITHIN_MS);
  assert.is(it.recovery.isWaiting, false, 'it would be safe now');
  assert.is(it.asked.opened, 0);
});

test('lost definitions: what the own file says is put back, again and again, before a session begins and before any is dropped', async () => {
  let attempts = 0;
  const time = givenTime();
  using it = world(time.clock, async () => {
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

/** A process begins that remembers what an earlier one saw: `servers` at revision 40, `owners` at 7. */
async function begunAgain(folder: string, now: { servers?: object; owners?: object; s02?: [number, string] }) {
  const time = givenTime();
  const it = world(time.clock);
  await using memory = await remembering(folder, 40);
  it.owners.revision = 7;
  Object.assign(it.now, now.servers);
  Object.assign(it.owners, now.owners);
  if (now.s02 !== undefined) it.take('s02', ...now.s02);
  await time.during(it.recovery.begin(memory));
  return Object.assign(it, { advance: time.advance });
}

async function remembering(folder: string, revision: number): Promise<HerdMemory> {
  {
    await using before = new HerdMemory(folder, NO_LOG, controlDisk());
    before.follow(() => ({
      servers: { revision, life: 'a' },
      owners: { revision: 7, life: 'o' },
      records: [recordOf('s02')],
    }));
  }
  return new HerdMemory(folder, NO_LOG, controlDisk());
}

test('a bucket that has less than an earlier process saw, or is another, has lost data: its servers are waited for', async () => {
  await using folder = await tempFolder();
  for (const [now, hasLost] of [
    [{ revision: 40, life: 'a' }, false],
    [{ revision: 12, life: 'a' }, true],
    [{ revision: 50, life: 'b' }, true],
  ] as const) {
    using it = await begunAgain(folder.path, { servers: now });
    assert.equal([it.told.map(({ kind }) => kind), it.recovery.isWaiting], [hasLost ? ['bus-amnesia'] : [], hasLost]);
    it.take('s02', now.revision + 1, 's02-2');
    it.recovery.whenSafe(it.open);
    assert.equal([it.asked.opened, it.recovery.hasEnded('s02-1')], [1, hasLost]);
  }
});

test('where only `owners` has lost data, those who are on the roster are waited for: they may capture what it names no more', async () => {
  await using folder = await tempFolder();
  for (const [owners, hasLost] of [
    [{ revision: 9, life: 'o' }, false],
    [{ revision: 9, life: 'p' }, true],
    [{ revision: 6, life: 'o' }, true],
  ] as const) {
    using it = await begunAgain(folder.path, { servers: { revision: 41 }, owners, s02: [41, 's02-5'] });
    assert.equal(
      it.told.map(({ detail }) => detail?.bucket),
      hasLost ? ['owners'] : [],
    );
    it.recovery.whenSafe(it.open);
    assert.is(it.asked.opened, hasLost ? 0 : 1);
    it.take('s02', 42, 's02-6');
    it.advance(CHECKED_WITHIN_MS);
    assert.is(it.asked.opened, 1, 'its next session vouches for the end of the one before');
  }
});

test('a leader that has only to catch up has lost nothing', async () => {
  await using folder = await tempFolder();
  const time = givenTime();
  using it = world(time.clock);
  await using memory = await remembering(folder.path, 40);
  it.now.revision = 12;
  it.owners.revision = 7;
  const began = it.recovery.begin(memory);
  it.now.revision = 41;
  await time.during(began);
  assert.equal(it.told, []);
});

test.run();
