import * as assert from 'uvu/assert';
import { type AnyActorLogic, type AnyEventObject, createActor, createMachine } from 'xstate';
import { claimActor, releaseActor } from '../../src/actors/ownership.ts';
import { type OwnedRecord, ownerRecordText, type VacatedRecord } from '../../src/domain/records/owner-record.ts';
import type { ClaimInput, ReleaseInput } from '../../src/machines/stream-contract.ts';
import type { Store } from '../../src/nats/buckets/store.ts';
import { type Fate, memoryWorld } from '../support/memory-store.ts';
import { suite } from '../support/suite.ts';

const test = suite('actors/ownership');

const OURS: OwnedRecord = {
  server: 's1',
  session: 'ours',
  rosterRevision: 1,
  since: '2026-11-22T06:00:00Z',
  why: 'a test',
};
const THEIRS: OwnedRecord = { ...OURS, server: 's2', session: 'theirs' };
const VACATED: VacatedRecord = { server: null, session: null, since: OURS.since, why: 'a test' };

/** The report that the actor sends to the machine that invoked it. */
function reportOf(actor: AnyActorLogic, input: unknown): Promise<AnyEventObject> {
  return new Promise((resolve) => {
    const parent = createMachine({
      invoke: { src: actor, input: () => input },
      on: { '*': { actions: ({ event }) => resolve(event) } },
    });
    createActor(parent).start();
  });
}

const claim = (owners: Store, input: Partial<ClaimInput> = {}, claimed = (_outcome: string) => {}) =>
  reportOf(claimActor(owners, { claimed }), { stream: 'cam1', expected: 0, record: OURS, again: false, ...input });
const release = (owners: Store, input: Partial<ReleaseInput>) =>
  reportOf(releaseActor(owners), { stream: 'cam1', epoch: 1, record: VACATED, ...input });

/** A bucket whose answers to s1 meet the fates in turn, and then are answered; s2 always gets its answers. */
function world(...fates: Fate[]) {
  const late: (() => void)[] = [];
  let isLate = false;
  const memory = memoryWorld({
    fate: (view) => {
      const fate = view === 's1' ? (fates.shift() ?? 'answered') : 'answered';
      isLate = fate === 'late';
      return fate;
    },
    schedule: (deliver) => {
      if (isLate) late.push(deliver);
      else queueMicrotask(deliver);
      isLate = false;
    },
  });
  const landLate = () => {
    for (const land of late.splice(0)) land();
  };
  return { owners: memory.open('owners', 's1'), others: memory.open('owners', 's2'), landLate };
}

test('each attempt to claim is counted once, by its outcome', async () => {
  const { owners, others } = world('lost');
  const outcomes: string[] = [];
  const counted = (outcome: string) => outcomes.push(outcome);
  await claim(owners, {}, counted);
  await claim(owners, { again: true }, counted);
  await others.update('cam2', JSON.stringify(THEIRS), 0);
  await claim(owners, { stream: 'cam2' }, counted);
  assert.equal(outcomes, ['unknown', 'won', 'lost']);
});

test('a claim that wins has the revision of its write as epoch', async () => {
  const { owners } = world();
  assert.equal(await claim(owners), { type: 'claim.won', epoch: 1 });
  assert.is((await owners.read('cam1'))?.text, ownerRecordText(OURS));
});

test('a claim that expects a marker that was swept away, or does not know of a removal, wins at the revision that the leader shows', async () => {
  const { owners, others } = world();
  await others.update('cam1', JSON.stringify(VACATED), 0);
  await others.remove('cam1', 1);
  assert.equal(await claim(owners), { type: 'claim.won', epoch: 3 }, 'it did not know of the marker');
  await others.remove('cam1', 3);
  assert.ok(await others.sweep('cam1', 4));
  assert.equal(
    await claim(owners, { expected: 4 }),
    { type: 'claim.won', epoch: 5 },
    'it thought that the marker was there',
  );
});

test('a claim at the leader’s revision that gets no answer is repeated at that revision, and lands once', async () => {
  // The first write is lost to the sweep; the answer to the second one, at 0, is not heard.
  const { owners, others } = world('answered', 'answered', 'landed');
  await others.update('cam1', JSON.stringify(VACATED), 0);
  await others.remove('cam1', 1);
  await others.sweep('cam1', 2);
  assert.is((await claim(owners, { expected: 2 })).type, 'claim.unknown');
  assert.equal(await claim(owners, { expected: 2, again: true }), { type: 'claim.won', epoch: 3 });
  assert.is((await owners.read('cam1'))?.revision, 3);
});

test('a claim of a stream that another server claimed after the sweep is lost', async () => {
  const { owners, others } = world('answered', 'answered', 'lost');
  await others.update('cam1', JSON.stringify(VACATED), 0);
  await others.remove('cam1', 1);
  await others.sweep('cam1', 2);
  assert.is((await claim(owners, { expected: 2 })).type, 'claim.unknown');
  await others.update('cam1', JSON.stringify(THEIRS), 0);
  assert.equal(await claim(owners, { expected: 2, again: true }), { type: 'claim.lost' });
});

test('a claim of a stream that another server claimed first is lost, and writes nothing', async () => {
  const { owners, others } = world();
  await others.update('cam1', JSON.stringify(THEIRS), 0);
  assert.equal(await claim(owners), { type: 'claim.lost' });
  assert.is((await owners.read('cam1'))?.revision, 1);
});

test('a claim of a stream whose key was vacated and removed meanwhile is lost', async () => {
  const { owners, others } = world();
  await others.update('cam1', JSON.stringify(VACATED), 0);
  await others.remove('cam1', 1);
  assert.equal(await claim(owners, { expected: 1 }), { type: 'claim.lost' });
});

test('a claim without an answer that landed is found by reading', async () => {
  const { owners } = world('landed');
  assert.equal(await claim(owners), { type: 'claim.won', epoch: 1 });
});

test('a claim without an answer that did not land is unknown: it may still land', async () => {
  const { owners } = world('lost');
  const report = await claim(owners);
  assert.is(report.type, 'claim.unknown');
  assert.match(String(report.why), /no answer to the update of cam1/);
});

test('a claim without an answer is lost when another server has the key by then', async () => {
  const { owners, others } = world('lost');
  await others.update('cam1', JSON.stringify(THEIRS), 0);
  assert.equal(await claim(owners), { type: 'claim.lost' });
});

test('a claim whose reading back is not answered either is unknown, landed or not', async () => {
  const { owners } = world('landed', 'lost');
  assert.is((await claim(owners)).type, 'claim.unknown');
  assert.equal(await claim(owners, { again: true }), { type: 'claim.won', epoch: 1 }, 'asked again it is found');
});

test('"lost" after a lost answer is not believed: the own earlier attempt may be what was written', async () => {
  const { owners } = world('landed', 'lost', 'answered', 'lost');
  assert.is((await claim(owners)).type, 'claim.unknown');
  assert.is((await claim(owners)).type, 'claim.unknown', 'the key names this server, but no answer said so');
});

test('a claim that lands between two attempts is won once, at the revision where it landed', async () => {
  const { owners, landLate } = world('late');
  assert.is((await claim(owners)).type, 'claim.unknown');
  landLate();
  assert.equal(await claim(owners, { again: true }), { type: 'claim.won', epoch: 1 });
  assert.is((await owners.read('cam1'))?.revision, 1, 'it was not written twice');
});

test('a claim that lands late, after a second attempt won, does nothing', async () => {
  const { owners, landLate } = world('late');
  assert.is((await claim(owners)).type, 'claim.unknown');
  assert.equal(await claim(owners, { again: true }), { type: 'claim.won', epoch: 1 });
  landLate();
  assert.is((await owners.read('cam1'))?.revision, 1);
});

test('a claim that lands late after another server took the key is lost', async () => {
  const { owners, others, landLate } = world('late');
  assert.is((await claim(owners)).type, 'claim.unknown');
  await others.update('cam1', JSON.stringify(THEIRS), 0);
  landLate();
  assert.equal(await claim(owners, { again: true }), { type: 'claim.lost' });
});

test('a value that is no record may be claimed over', async () => {
  const { owners, others } = world();
  await others.update('cam1', 'rubbish', 0);
  assert.equal(await claim(owners, { expected: 1, again: true }), { type: 'claim.won', epoch: 2 });
});

test('a release vacates the key, or removes it, at its epoch only', async () => {
  const { owners, others } = world();
  await others.update('cam1', JSON.stringify(OURS), 0);
  assert.equal(await release(owners, { epoch: 1 }), { type: 'release.won' });
  assert.is((await owners.read('cam1'))?.text, ownerRecordText(VACATED));
  assert.equal(await release(owners, { epoch: 1 }), { type: 'release.lost' });
  assert.equal(await release(owners, { epoch: 2, record: null }), { type: 'release.won' });
  assert.is((await owners.read('cam1'))?.text, null);
});

test('a release without an answer is unknown; when it is repeated after it had landed it is lost, which serves as well', async () => {
  const { owners, others } = world('landed');
  await others.update('cam1', JSON.stringify(OURS), 0);
  assert.is((await release(owners, {})).type, 'release.unknown');
  assert.equal(await release(owners, {}), { type: 'release.lost' });
  assert.is((await owners.read('cam1'))?.text, ownerRecordText(VACATED));
});

test('an error that a store throws is reported as an outcome', async () => {
  const broken: Store = {
    ...world().owners,
    update: () => Promise.reject(new TypeError('no such thing')),
    remove: () => Promise.reject(new TypeError('no such thing')),
  };
  assert.equal(await claim(broken), { type: 'claim.unknown', why: 'TypeError: no such thing' });
  assert.equal(await release(broken, { record: null }), { type: 'release.unknown', why: 'TypeError: no such thing' });
});

test.run();
