import * as assert from 'uvu/assert';
import { serverRecordText } from '../../src/domain/server-record.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import type { Told } from '../../src/herd/herd-parts.ts';
import { Recovery } from '../../src/herd/recovery.ts';
import { Servers } from '../../src/herd/servers.ts';
import { recordOf } from '../domain/membership/herd-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { suite } from '../support/suite.ts';

const test = suite('herd/recovery');
const TIMES = { ...DEFAULT_TIMES, evictSlowMs: 400, evictRideMs: 60_000 };

function world() {
  const servers = new Servers();
  const told: Told[] = [];
  const errors: string[] = [];
  const asked = { reconciled: 0, dropped: 0, opened: 0 };
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
    dropLostDefinitions: () => {
      asked.dropped += 1;
    },
    tell: (event) => void told.push(event),
  });
  recovery.session = { session: 's01-1', standingForMs: () => 1000 };
  return {
    recovery,
    servers,
    told,
    errors,
    asked,
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
  it.servers.clear();
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

test('one that does not come back is waited for as long as it may capture, and no longer', async () => {
  using it = world();
  it.take('s02', 7);
  it.recovery.lost('servers', 'gone');
  it.servers.clear();
  const sinceMs = performance.now();
  it.recovery.whenSafe(it.open);
  await eventually('it is safe', () => it.asked.opened === 1);
  assert.ok(performance.now() - sinceMs > TIMES.evictSlowMs - 50);
});

test('a session that ended while it waited opens nothing', async () => {
  using it = world();
  it.take('s02', 7);
  it.recovery.lost('servers', 'gone');
  it.servers.clear();
  const sinceMs = performance.now();
  it.recovery.whenSafe(it.open);
  it.recovery.close();
  await eventually('its time is over', () => performance.now() - sinceMs > TIMES.evictSlowMs + 200);
  assert.is(it.asked.opened, 0);
});

test('lost definitions: what the own file says is put back, again and again, before a session begins and before any is dropped', async () => {
  using it = world();
  const back = it.busAway();
  let attempts = 0;
  it.recovery.restore = async () => {
    attempts += 1;
    return attempts === 2;
  };
  it.recovery.lost('streams', 'gone');
  let isReady = false;
  const ready = it.recovery.ready().then(() => {
    isReady = true;
  });
  it.recovery.whenSafe(it.open);
  assert.equal([attempts, isReady, it.asked.opened, it.asked.dropped], [0, false, 0, 0]);
  back();
  await ready;
  assert.is(attempts, 2);
  await eventually('placing begins', () => it.asked.opened === 1);
  assert.is(it.asked.dropped, 1);
});

test('a bucket that has less than an earlier process saw, or is another, has lost data: its servers are waited for', async () => {
  const before = { revision: 40, life: 'a', records: [recordOf('s02')] };
  for (const now of [
    { revision: 12, life: 'a' },
    { revision: 50, life: 'b' },
  ]) {
    using it = world();
    await it.recovery.recall(before, () => ({ revision: 40, life: 'a' }));
    await it.recovery.recall(undefined, () => ({ revision: 0, life: 'b' }));
    assert.equal([it.told.length, it.recovery.isWaiting], [0, false]);
    await it.recovery.recall(before, () => now);
    assert.equal([it.told[0]?.kind, it.recovery.isWaiting], ['bus-amnesia', true]);
    it.take('s02', now.revision + 1, 's02-2');
    assert.is(it.recovery.isWaiting, false);
  }
});

test('a leader that has only to catch up has lost nothing', async () => {
  using it = world();
  let revision = 12;
  const before = { revision: 40, life: 'a', records: [recordOf('s02')] };
  const recalled = it.recovery.recall(before, () => ({ revision, life: 'a' }));
  revision = 41;
  await recalled;
  assert.equal([it.told.length, it.asked.reconciled], [0, 1]);
});

test.run();
