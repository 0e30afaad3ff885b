import * as assert from 'uvu/assert';
import { KEPT_MS, SWEEP_EVERY_MS, TombstoneSweep } from '../../../src/herd/operating/tombstone-sweep.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { Owners } from '../../../src/herd/view/owners.ts';
import type { Store } from '../../../src/nats/buckets/store.ts';
import { eventually } from '../../support/eventually.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { memoryWorld } from '../../support/memory-store.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/tombstones');

const VACATED = JSON.stringify({ server: null, session: null, since: '', why: 'a test' });

/** A server that watches both buckets, and sweeps them while `isDue` says so. */
function openSweep() {
  const asked: string[] = [];
  const state = { isDue: true, answers: true, inFlight: 0, mostInFlight: 0 };
  const world = memoryWorld({
    fate: (_, question, key) => {
      if (question !== 'sweep') return 'answered';
      asked.push(key);
      return state.answers ? 'answered' : 'lost';
    },
  });
  const clock = Object.assign(new HeapClock(), { unixMs: () => 0 });
  const definitions = new Definitions(() => clock.now());
  const owners = new Owners(undefined, () => clock.now());
  const stores = { streams: world.open('streams'), owners: world.open('owners') };
  stores.streams.watch((change) => {
    if (change.type === 'entry') definitions.take(change.entry);
    else if (change.type === 'swept') definitions.tombstones.swept(change.key, change.revision);
  });
  stores.owners.watch((change) => {
    if (change.type === 'entry') owners.take(change.entry);
    else if (change.type === 'swept') owners.swept(change.key, change.revision);
  });
  const sweep = new TombstoneSweep({ definitions, owners, stores, isDue: () => state.isDue, clock });
  const removed = async (store: Store, key: string) => {
    const expected = (await store.read(key))?.revision ?? 0;
    const written = await store.update(key, store === stores.owners ? VACATED : '{"url": "test:"}', expected);
    await store.remove(key, written.outcome === 'won' ? written.revision : 0);
    const { tombstones } = store === stores.owners ? owners : definitions;
    await eventually('the marker is seen', () => tombstones.revisionOf(key) > 0, { everyMs: 0 });
  };
  /** Each sweep is over before the next one is due, as it is in real time. */
  const pass = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= SWEEP_EVERY_MS) {
      clock.advance(Math.min(leftMs, SWEEP_EVERY_MS));
      await sweep.sweep();
    }
  };
  return { asked, state, pass, clock, definitions, owners, stores, sweep, removed };
}

test('a marker is swept away when it is an hour old, without an order, and both views forget it', async () => {
  const { asked, pass, clock, definitions, owners, stores, sweep, removed } = openSweep();
  using _ = sweep;
  await removed(stores.streams, 'old');
  await removed(stores.owners, 'old');
  await pass(KEPT_MS / 2);
  await removed(stores.streams, 'young');
  await stores.streams.update('kept', '{"url": "test:"}', 0);
  await pass(KEPT_MS / 2 - 1);
  assert.equal(asked, []);
  clock.advance(SWEEP_EVERY_MS);
  await eventually('both are swept', () => asked.length === 2);
  await eventually('the views know', () => definitions.tombstones.size === 1 && owners.tombstones.size === 0);
  assert.is(await stores.owners.read('old'), undefined);
  assert.is((await stores.streams.read('young'))?.text, null);
  assert.equal(definitions.tombstones.names(), ['young']);
});

test('the key of an owner is not swept while its stream is defined, nor one that was written again', async () => {
  const { asked, pass, owners, stores, sweep, removed } = openSweep();
  using _ = sweep;
  await removed(stores.owners, 'defined');
  await stores.streams.update('defined', '{"url": "test:"}', 0);
  await removed(stores.owners, 'again');
  await stores.owners.update('again', VACATED, 4);
  await eventually('it is seen', () => owners.tombstones.size === 1);
  await pass(KEPT_MS);
  assert.equal(asked, []);
});

test('a marker whose key names no stream is swept too', async () => {
  const { pass, stores, sweep, removed } = openSweep();
  using _ = sweep;
  await removed(stores.owners, 'api');
  await removed(stores.streams, 'a=7E');
  await pass(KEPT_MS);
  assert.is(await stores.owners.read('api'), undefined);
  assert.is(await stores.streams.read('a=7E'), undefined);
});

test('a server that is not the first, or has lost the bus, sweeps nothing; after a failure it goes on at the next time', async () => {
  const { asked, state, pass, clock, definitions, stores, sweep, removed } = openSweep();
  using _ = sweep;
  for (let index = 0; index < 100; index += 1) await removed(stores.streams, `gone${index}`);
  state.isDue = false;
  await pass(KEPT_MS);
  assert.equal(asked, []);
  state.isDue = true;
  state.answers = false;
  await sweep.sweep();
  assert.is(asked.length, 32, 'those that were under way');
  state.answers = true;
  clock.advance(SWEEP_EVERY_MS);
  await eventually('all are gone', () => definitions.tombstones.size === 0);
});

test.run();
