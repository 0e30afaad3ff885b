import * as assert from 'uvu/assert';
import { Aftermath, type PresentServer } from '../../../src/domain/membership/aftermath.ts';
import type { ServerRecord } from '../../../src/domain/records/server-record.ts';
import { recordOf, TIMES } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/aftermath');

const PEERS = ['s01-1', 's02-1', 's03-1'];
const BEFORE = ['s01', 's02', 's03'].map((server) =>
  recordOf(server, { peers: PEERS.filter((peer) => peer !== `${server}-1`) }),
);

/** The bucket `servers` as the view shows it now. */
class Present {
  readonly #servers = new Map<string, PresentServer>();

  set(record: ServerRecord, revision: number): this {
    this.#servers.set(record.server, { record, revision });
    return this;
  }

  readonly of = (server: string) => this.#servers.get(server);
}

function waitsFor(aftermath: Aftermath, nowMs: number, present: Present): readonly string[] {
  return aftermath.awaited(nowMs, present.of).map(({ server, session }) => session ?? server);
}

/** The session of `record` renews its key every second. @returns when it was looked at last. */
function renewing(
  aftermath: Aftermath,
  present: Present,
  record: ServerRecord,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number {
  for (let nowMs = fromMs; nowMs < untilMs; nowMs += 1000)
    aftermath.awaited(nowMs, present.set(record, 1000 + nowMs).of);
  aftermath.awaited(untilMs, present.set(record, 1000 + untilMs).of);
  return untilMs;
}

function newSession(server: string): ServerRecord {
  return recordOf(server, { session: `${server}-2` });
}

test('without a loss no session is waited for', () => {
  assert.equal(waitsFor(new Aftermath('s01', TIMES), 0, new Present()), []);
});

test('after a loss of `servers` every other server is waited for until it has begun a new session', () => {
  const aftermath = new Aftermath('s01', TIMES);
  aftermath.serversLost({ nowMs: 0, records: BEFORE, stood: 's01-1' });
  aftermath.refilled(0);
  const present = new Present();
  assert.equal(waitsFor(aftermath, 10, present), ['s02-1', 's03-1']);
  present.set(newSession('s02'), 3);
  assert.equal(waitsFor(aftermath, 20, present), ['s03-1']);
  present.set(newSession('s03'), 4);
  assert.equal(waitsFor(aftermath, 30, present), []);
});

test('a session that does not come back is waited for: Eslow if it required this one, which stood until the loss, else Eride', () => {
  const named = new Aftermath('s01', TIMES);
  named.serversLost({ nowMs: 1000, records: BEFORE, stood: 's01-1' });
  assert.is(waitsFor(named, 1000 + TIMES.evictSlowMs - 1, new Present()).length, 2);
  assert.equal(waitsFor(named, 1000 + TIMES.evictSlowMs, new Present()), []);

  const fencedBefore = new Aftermath('s01', TIMES);
  fencedBefore.serversLost({ nowMs: 1000, records: BEFORE, stood: undefined });
  const stranger = new Aftermath('s01', TIMES);
  stranger.serversLost({ nowMs: 1000, records: [recordOf('s02', { peers: ['s03-1'] })], stood: 's01-1' });
  for (const aftermath of [fencedBefore, stranger]) {
    assert.ok(waitsFor(aftermath, 1000 + TIMES.evictRideMs - 1, new Present()).includes('s02-1'));
    assert.equal(waitsFor(aftermath, 1000 + TIMES.evictRideMs, new Present()), []);
  }
});

test('a server that was down may have begun a session unseen: if this one did not stand until the loss, it is waited for', () => {
  const records = [...BEFORE.slice(0, 2), recordOf('s03', { state: 'down' })];
  const stood = new Aftermath('s01', TIMES);
  stood.serversLost({ nowMs: 0, records, stood: 's01-1' });
  assert.equal(waitsFor(stood, 10, new Present()), ['s02-1']);

  for (const state of ['up', 'down'] as const) {
    const aftermath = new Aftermath('s01', TIMES);
    aftermath.serversLost({ nowMs: 0, records, stood: undefined });
    aftermath.refilled(50);
    const present = new Present().set(newSession('s02'), 51).set(recordOf('s03', { state }), 50);
    assert.equal(waitsFor(aftermath, TIMES.evictRideMs - 1, present), ['s03'], 'what the bucket had may be a backup');
    present.set(recordOf('s03', { state }), 52);
    assert.equal(waitsFor(aftermath, TIMES.evictRideMs - 1, present), [], 'what it has begun or ended since is seen');
  }

  const gone = new Aftermath('s01', TIMES);
  gone.serversLost({ nowMs: 0, records: records.slice(2), stood: undefined });
  assert.equal(waitsFor(gone, TIMES.evictRideMs - 1, new Present()), ['s03']);
  assert.equal(waitsFor(gone, TIMES.evictRideMs, new Present()), []);
});

test('a restored backup that names an older session of a server says nothing of the later one', () => {
  const aftermath = new Aftermath('s01', TIMES);
  aftermath.serversLost({ nowMs: 0, records: BEFORE, stood: 's01-1' });
  const present = new Present()
    .set(recordOf('s02', { session: 's02-0' }), 40)
    .set(recordOf('s03', { state: 'down' }), 41);
  assert.is(waitsFor(aftermath, 10, present).length, 2, 'not before it is known what the backup held');
  aftermath.refilled(50);
  assert.is(waitsFor(aftermath, 20, present).length, 2);
  aftermath.refilled(60);
  present.set(newSession('s02'), 55);
  assert.equal(waitsFor(aftermath, 30, present), ['s03-1'], 'what was written after the first filling is of now');
});

test('servers that were down before the loss, and the server itself, are not waited for', () => {
  const aftermath = new Aftermath('s01', TIMES);
  const records = [recordOf('s01'), recordOf('s02', { state: 'down' })];
  aftermath.serversLost({ nowMs: 0, records, stood: 's01-1' });
  aftermath.ownersLost({ nowMs: 0, records });
  assert.equal(waitsFor(aftermath, 0, new Present()), []);
});

test('after a loss of `owners` alone a session is waited for while it is on the roster, but not for ever', () => {
  const aftermath = new Aftermath('s01', TIMES);
  aftermath.ownersLost({ nowMs: 0, records: BEFORE });
  const [, s02 = newSession('s02'), s03 = newSession('s03')] = BEFORE;
  const present = new Present().set(s02, 8).set(s03, 9);
  assert.equal(waitsFor(aftermath, 10, present), ['s02-1', 's03-1']);
  present.set({ ...s02, state: 'down' }, 10);
  assert.equal(waitsFor(aftermath, 20, present), ['s03-1'], 'evicted, or it left');
  const untilMs = renewing(aftermath, present, s03, { fromMs: 20, untilMs: 30_000 + TIMES.evictSlowMs - 1 });
  assert.equal(waitsFor(aftermath, untilMs, present), ['s03-1']);
  assert.equal(waitsFor(aftermath, untilMs + 1, present), [], 'it noticed before this one, and stands anew');
});

test('after a loss of `owners` a session without the bus is waited for as long as it may ride that out, or until it is back', () => {
  const noticed = 30_000 + TIMES.evictSlowMs;
  const [, s02 = newSession('s02'), s03 = newSession('s03')] = BEFORE;
  const waiting = () => {
    const aftermath = new Aftermath('s01', TIMES);
    aftermath.ownersLost({ nowMs: 0, records: [s02] });
    const present = new Present();
    renewing(aftermath, present, s02, { fromMs: 0, untilMs: 10_000 });
    return { aftermath, present };
  };
  const gone = waiting();
  assert.equal(waitsFor(gone.aftermath, noticed + 1, gone.present), ['s02-1']);
  assert.equal(waitsFor(gone.aftermath, 10_000 + TIMES.evictRideMs - 1, gone.present), ['s02-1']);
  assert.equal(waitsFor(gone.aftermath, 10_000 + TIMES.evictRideMs, gone.present), [], 'it has surely ended');

  const back = waiting();
  renewing(back.aftermath, back.present, s02, { fromMs: 100_000, untilMs: 100_000 + noticed - 1 });
  assert.equal(waitsFor(back.aftermath, 100_000 + noticed - 1, back.present), ['s02-1']);
  assert.equal(waitsFor(back.aftermath, 100_000 + noticed, back.present), [], 'it has noticed since it was back');

  const anew = waiting();
  anew.present.set(newSession('s02'), 1_000_000);
  assert.equal(waitsFor(anew.aftermath, 100_000, anew.present), []);
  anew.aftermath.ownersLost({ nowMs: 100_000, records: [s03] });
  assert.equal(waitsFor(anew.aftermath, 100_000, anew.present.set(s03, 9)), ['s03-1'], 'it was seen only later');
});

test('a second loss begins anew', () => {
  const aftermath = new Aftermath('s01', TIMES);
  aftermath.serversLost({ nowMs: 0, records: BEFORE, stood: 's01-1' });
  aftermath.refilled(0);
  const present = new Present().set(newSession('s02'), 3).set(newSession('s03'), 4);
  aftermath.serversLost({ nowMs: 5000, records: [newSession('s02'), newSession('s03')], stood: undefined });
  assert.equal(waitsFor(aftermath, 5010, present), ['s02-2', 's03-2']);
});

test.run();
