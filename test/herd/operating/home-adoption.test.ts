import * as assert from 'uvu/assert';
import type { Told } from '../../../src/domain/herd-event.ts';
import { readOwnerRecord } from '../../../src/domain/records/owner-record.ts';
import type { ServerPresence } from '../../../src/domain/records/stream-home.ts';
import { HomeAdoption } from '../../../src/herd/operating/home-adoption.ts';
import { Definitions } from '../../../src/herd/view/definitions.ts';
import { Owners } from '../../../src/herd/view/owners.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { type Fate, memoryWorld } from '../../support/memory-store.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/operating/home-adoption');

const CAM = streamName('cam1');
const START_MS = Date.parse('2026-11-22T06:00:00Z');
const ADOPT_MS = 7 * 86_400_000;
const STANDS_IN = {
  server: 's2',
  session: 's2-1',
  rosterRevision: 7,
  since: '2026-11-22T06:00:00Z',
  why: 'a test',
  home: 's1',
};

/** What s2 captures for s1. */
async function standIn({
  record = STANDS_IN,
  pin = {},
  fates = [],
}: {
  record?: object;
  pin?: object;
  fates?: Fate[];
} = {}) {
  const heap = new HeapClock();
  const clock = heap.asClock(START_MS);
  const store = memoryWorld({
    fate: (_, question) => (question === 'update' && wants.writes++ > 0 ? (fates.shift() ?? 'answered') : 'answered'),
  }).open('owners');
  const wants = {
    writes: 0,
    session: 's2-1' as string | undefined,
    isCaptured: true,
    presence: undefined as ServerPresence | undefined,
  };
  const told: Told[] = [];
  const owners = new Owners();
  const definitions = new Definitions();
  definitions.take({ key: CAM, revision: 1, text: JSON.stringify({ url: 'test:', ...pin }) });
  await store.update(CAM, JSON.stringify(record), 0);
  const see = async () => {
    const entry = await store.read(CAM);
    if (entry !== undefined) owners.take(entry);
    return owners.get(CAM);
  };
  await see();
  const adoption = new HomeAdoption({
    ...{ server: 's2', definitions, owners, store, clock, adoptMs: ADOPT_MS, tell: (event) => told.push(event) },
    servers: { presence: (server) => (server === 's1' ? wants.presence : { state: 'up' }) },
    session: () => wants.session,
    isCaptured: () => wants.isCaptured,
  });
  return { heap, clock, store, wants, told, see, adoption, [Symbol.dispose]: () => adoption[Symbol.dispose]() };
}

test('a home that was removed is replaced by its stand-in, which rewrites its record under the epoch of its claim', async () => {
  using it = await standIn();
  it.wants.presence = { state: 'removed' };
  await Promise.all([it.adoption.review(), it.adoption.review()]);
  const { record, revision } = await it.see();
  assert.equal([revision, record], [2, { ...STANDS_IN, home: 's2', epoch: 1 }]);
  assert.equal(it.told, [
    { kind: 'stream-adopted', stream: 'cam1', epoch: 1, why: 'its home s1 was removed: s2 is its home now' },
  ]);
  await it.adoption.review();
  assert.is((await it.see()).revision, 2, 'once');
});

test('a home that has been away for so long is replaced at the next look, and not before', async () => {
  using it = await standIn();
  const hourMs = 3600_000;
  it.wants.presence = { state: 'down', awaySinceMs: it.clock.unixMs() + 2.5 * hourMs - ADOPT_MS };
  const looked = async () => {
    it.heap.advance(hourMs);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    return (await it.see()).revision;
  };
  assert.equal([await looked(), await looked(), await looked()], [1, 1, 2]);
  assert.match(it.told[0]?.why ?? '', /^its home s1 has been away for 7d/);
});

test('a wall clock that jumps gives away no home within an hour', async () => {
  using it = await standIn();
  it.wants.presence = { state: 'down', awaySinceMs: it.clock.unixMs() - 2 * ADOPT_MS };
  it.heap.advance(3600_000);
  await it.adoption.review();
  assert.is((await it.see()).revision, 1);
  it.wants.presence = { state: 'up' };
  await it.adoption.review();
  it.wants.presence = { state: 'down', awaySinceMs: it.clock.unixMs() - 2 * ADOPT_MS };
  await it.adoption.review();
  assert.is((await it.see()).revision, 1, 'it was there again');
});

test('a home stays while it is there, or nothing is known of it; and the record of another, or of what is handed back, is left alone', async () => {
  const untouched = async (
    change: (it: Awaited<ReturnType<typeof standIn>>) => void,
    options: Parameters<typeof standIn>[0] = {},
  ) => {
    using it = await standIn(options);
    it.wants.presence = { state: 'removed' };
    change(it);
    await it.adoption.review();
    assert.equal([(await it.see()).revision, it.told], [1, []]);
  };
  await untouched((it) => {
    it.wants.presence = undefined;
  });
  await untouched((it) => {
    it.wants.presence = { state: 'up' };
  });
  await untouched((it) => {
    it.wants.presence = { state: 'down' };
  });
  await untouched((it) => {
    it.wants.session = undefined;
  });
  await untouched((it) => {
    it.wants.session = 's2-2';
  });
  await untouched((it) => {
    it.wants.isCaptured = false;
  });
  await untouched(() => {}, { pin: { capture_at: 's1' } });
  await untouched(() => {}, { record: { ...STANDS_IN, home: 's2' } });
  await untouched(() => {}, { record: { ...STANDS_IN, server: null, session: null } });
});

test('a write that loses to another writer changes nothing; one without an answer is made again', async () => {
  using it = await standIn({ fates: ['lost'] });
  it.wants.presence = { state: 'removed' };
  await it.adoption.review();
  assert.equal([(await it.see()).revision, it.told.length], [1, 0]);
  await it.adoption.review();
  assert.equal([(await it.see()).revision, it.told.length], [2, 1]);

  using late = await standIn();
  late.wants.presence = { state: 'removed' };
  await late.store.update(CAM, JSON.stringify({ ...STANDS_IN, session: 's3-1', server: 's3' }), 1);
  await late.adoption.review();
  const entry = await late.store.read(CAM);
  assert.equal([entry?.revision, readOwnerRecord(entry?.text ?? '').record?.server, late.told.length], [2, 's3', 0]);
});

test.run();
