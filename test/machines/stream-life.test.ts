import * as assert from 'uvu/assert';
import type { OwnedRecord, OwnerRecord } from '../../src/domain/records/owner-record.ts';
import { ownStatus } from '../../src/machines/stream-status.ts';
import { startCapturing, startStream } from '../support/stream-life.ts';
import { DEFINITION, MINE, OTHER_SESSION, SERVER, SESSION, streamInput, THEIRS } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/stream-life');

const ENDED = { type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } } as const;
const SEGMENT = {
  stream: 'cam1',
  epoch: 1,
  number: 1004,
  discontinuity: true,
  startMs: 0,
  durationMs: 2000,
  bytes: 188,
  file: '/1004.ts',
};

test('a vacant stream of this server is claimed, and captured under the revision of the claim', () => {
  const life = startCapturing();
  assert.is(life.key.record?.server, SERVER);
  assert.is(life.lastRun().input.epoch, life.key.revision);
  assert.is(life.lastRun().input.startNumber, 1000);
  life.lastRun().report({ type: 'ffmpeg.progressed', outTimeMs: 1, bitrateKbps: 500 });
  assert.equal(life.facts(), ['stream-claimed: s01 is furthest below its share (2 of 3)', 'stream-live: data flows']);
  assert.equal(ownStatus(life.actor.getSnapshot()), {
    state: 'live',
    why: MINE.why,
    epoch: 1,
    input: 0,
    bitrateKbps: 500,
  });
});

test('a hand-back has two phases: ffmpeg ends, then the key is vacated for the heir', () => {
  const life = startCapturing();
  life.lastRun().report({ type: 'ffmpeg.segment', segment: SEGMENT });
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  assert.equal(life.lastRun().told, ['ffmpeg.stop']);
  assert.is(life.asked.length, 1, 'nothing is written while ffmpeg lives');
  life.lastRun().report({ type: 'ffmpeg.segment', segment: { ...SEGMENT, number: 1005 } });
  life.lastRun().report(ENDED);
  life.lastAsked().settle();
  assert.equal(life.key.record, {
    server: null,
    session: null,
    since: '2025-01-01T00:33:20.000Z',
    why: 'its capture_at host s02 has stood for 5 s',
    heir: 's02',
    home: 's01',
    nextNumber: 1006,
    discontinuities: 2,
  });
  assert.is(life.facts().at(-1), 'stream-handed-back: its capture_at host s02 has stood for 5 s');
  assert.is(life.emitted.filter(({ type }) => type === 'segment').length, 2);
  assert.ok(life.actor.getSnapshot().matches({ idle: 'watching' }));
});

test('a late view does not cause a new claim of a stream that was handed back', () => {
  const life = startCapturing();
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report(ENDED);
  life.lastAsked().settle();
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  assert.is(life.asked.length, 2, 'its view still shows its own claim');
  life.see();
  assert.ok(life.actor.getSnapshot().matches({ idle: 'grace' }));
  life.clock.advance(999);
  assert.is(life.asked.length, 2);
  life.clock.advance(1);
  assert.is(life.asked.length, 3, 'the heir had its second');
});

test('an owner counts on from the record; its claim says from which number; after a lost owner the count has head room', () => {
  const counts = (life: ReturnType<typeof startStream>) =>
    life.emitted.flatMap((it) => (it.type === 'segment' ? [it.segment.discontinuities] : []));
  const start = (record: OwnerRecord) => {
    const life = startCapturing({}, record);
    life.lastRun().report({ type: 'ffmpeg.segment', segment: { ...SEGMENT, epoch: 2 } });
    return life;
  };
  const since = '2025-01-01T00:33:00.000Z';
  const vacated = start({ server: null, session: null, since, why: '', discontinuities: 30 });
  assert.is(vacated.key.record?.discontinuities, 30);
  assert.equal(counts(vacated), [31]);
  const lost = start({ server: 's02', session: 'dead', rosterRevision: 1, since, why: '', discontinuities: 30 });
  assert.is(lost.key.record?.discontinuities, 34, 'an hour that has begun, and the head room');
  assert.equal(counts(lost), [35]);
  assert.equal(counts(start({ server: null, session: null, since, why: '' })), [4], 'a version that did not count');
});

test('a later capture of the same stream begins above the earlier numbers', () => {
  const life = startStream();
  life.key.write(0, { server: null, session: null, since: '', why: '', nextNumber: 5000 });
  life.see();
  life.stand();
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.lastAsked().land();
  life.see();
  life.lastAsked().timeOut();
  life.clock.advance(250);
  life.lastAsked().settle();
  assert.is(life.lastRun().input.startNumber, 5000);
});

test('a claim says from which number it captures, for a later owner that hears nothing of this one', () => {
  const first = startCapturing();
  assert.is(first.key.record?.nextNumber, 1000);
  const record = { ...first.key.record, server: 's02', session: 'dead', nextNumber: 5000 } as OwnedRecord;
  const next = startCapturing({}, record);
  assert.ok(next.lastRun().input.startNumber > 5000);
  assert.is(next.key.record?.nextNumber, next.lastRun().input.startNumber);
  const { nextNumber: _, ...unnumbered } = record;
  const nowUnixMs = streamInput().world.now();
  const afterUpgrade = startCapturing({}, unnumbered);
  assert.is(afterUpgrade.lastRun().input.startNumber, nowUnixMs / SEGMENT.durationMs, 'counted from 1970');
});

test('a claim with unknown outcome starts nothing and is repeated, with growing pauses', () => {
  const life = startStream();
  life.stand();
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.lastAsked().timeOut();
  assert.is(ownStatus(life.actor.getSnapshot()).state, 'claiming');
  life.clock.advance(250);
  assert.is(life.asked.length, 2);
  assert.equal(
    life.asked.map(({ input }) => 'again' in input && input.again),
    [false, true],
  );
  life.lastAsked().timeOut();
  life.clock.advance(499);
  assert.is(life.asked.length, 2);
  life.clock.advance(1);
  life.lastAsked().settle();
  assert.is(life.ffmpeg.runs.length, 0);
  life.see();
  assert.is(life.ffmpeg.runs.length, 1);
});

test('a claim that landed after it was thought lost is taken up', () => {
  const life = startStream();
  life.stand();
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.actor.send({ type: 'claim.lost' });
  assert.ok(life.actor.getSnapshot().matches({ idle: 'watching' }));
  life.asked[0]?.land();
  life.see();
  assert.is(life.lastRun().input.epoch, 1);
  assert.is(life.facts().at(-1), 'stream-claimed: a claim that was thought lost has landed');
});

test('a won claim of a stream that is no longer wanted is handed back without a capture', () => {
  const life = startStream();
  life.stand();
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastAsked().settle();
  life.lastAsked().settle();
  assert.is(life.ffmpeg.runs.length, 0);
  assert.is(life.key.record?.server, null);
});

test('a release with unknown outcome is repeated until it is settled', () => {
  const life = startCapturing();
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report(ENDED);
  life.lastAsked().timeOut();
  life.clock.advance(250);
  assert.is(life.asked.length, 3);
  life.lastAsked().settle();
  assert.is(life.key.record?.server, null);
});

test('the loss of standing kills the capture in the same step, and forgets the claim', () => {
  const life = startCapturing();
  life.actor.send({ type: 'standing.lost', why: 'no acknowledgement for 1.5 s' });
  assert.equal(life.lastRun().told, ['ffmpeg.kill']);
  assert.is(life.actor.getSnapshot().context.epoch, null);
  assert.is(life.facts().at(-1), 'stream-stopped: this server lost standing: no acknowledgement for 1.5 s');
  life.live.delete(SESSION);
  life.stand(OTHER_SESSION);
  life.see();
  assert.is(life.asked.length, 1, 'its old ffmpeg is not dead yet');
  life.lastRun().report(ENDED);
  assert.is(life.lastAsked().record?.session, OTHER_SESSION);
});

test('a key that names another owner kills the capture in the same step', () => {
  const life = startCapturing();
  life.key.write(1, { server: 's02', session: 'x', rosterRevision: 1, since: '', why: '' });
  life.live.add('x');
  life.see();
  assert.equal(life.lastRun().told, ['ffmpeg.kill']);
  assert.is(life.facts().at(-1), 'stream-stopped: s02 has it now');
});

test('a stream that was removed ends, and so does its key', () => {
  const life = startCapturing();
  life.actor.send({ type: 'definition.changed', definition: null });
  life.lastRun().report(ENDED);
  life.lastAsked().settle();
  assert.is(life.key.record, null);
  assert.is(life.key.revision, 2);
  assert.ok(life.actor.getSnapshot().matches('stopped'));
  assert.is(life.facts().at(-1), 'stream-stopped: its definition was removed');
});

test('a new session trusts no revision that an earlier session knew', () => {
  const life = startCapturing();
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report(ENDED);
  life.lastAsked().settle();
  life.actor.send({ type: 'standing.lost', why: 'the bus lost its data' });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.key.revision = 0;
  life.key.record = null;
  life.see();
  life.stand(OTHER_SESSION);
  assert.is(life.lastAsked().expected, 0);
  assert.is(life.lastAsked().record?.session, OTHER_SESSION);
});

test('an operator’s move names the heir', () => {
  const life = startCapturing();
  life.actor.send({ type: 'move.requested', to: 's03', why: 'an operator moved it to s03' });
  life.lastRun().report(ENDED);
  life.lastAsked().settle();
  assert.equal(life.key.record !== null && 'heir' in life.key.record && life.key.record.heir, 's03');
});

test('the status says in every state what an operator wants to know', () => {
  const life = startStream();
  const says = () => {
    const { state, why } = ownStatus(life.actor.getSnapshot());
    return `${state}: ${why}`;
  };
  assert.is(says(), 'stopped: it has no definition');
  life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, disabled: true } });
  assert.is(says(), 'stopped: it is disabled');
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  assert.is(says(), 'idle: this server has no standing');
  life.stand();
  assert.is(says(), 'idle: no plan has been made yet');
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.lastAsked().settle();
  assert.is(says(), `claiming: ${MINE.why}`);
  life.see();
  assert.is(says(), `connecting: ${MINE.why}`);
  life.lastRun().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
  life.lastRun().report({ type: 'ffmpeg.exited', failure: { kind: 'refused', message: 'connection refused' } });
  assert.is(says(), `backing-off: ${MINE.why}`);
  assert.is(ownStatus(life.actor.getSnapshot()).error, 'connection refused');
  life.clock.advance(1000);
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  assert.is(says(), `handing-back: ${THEIRS.why}`);
  life.actor.send({ type: 'standing.lost', why: 'fenced' });
  assert.is(says(), 'stopping: this server has no standing');
});

test('followers of a stream are told every state of its capture, also that it tries again', () => {
  const life = startCapturing();
  const shown = [ownStatus(life.actor.getSnapshot()).state];
  life.actor.subscribe((snapshot) => {
    const { state } = ownStatus(snapshot);
    if (state !== shown.at(-1)) shown.push(state);
  });
  life.lastRun().report(ENDED);
  life.clock.advance(1000);
  life.lastRun().report({ type: 'ffmpeg.started', pid: 1 });
  assert.equal(shown, ['connecting', 'backing-off', 'connecting']);
  assert.is(ownStatus(life.actor.getSnapshot()).error, 'the source ended', 'why it had to');
  life.lastRun().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
  life.clock.advance(10_000);
  life.lastRun().report(ENDED);
  life.clock.advance(2000);
  assert.equal(shown.slice(3), ['live', 'stalled', 'backing-off', 'connecting']);
});

test('a further attempt at a claim gives the reason of the first, whatever the plan wants by then', () => {
  const life = startStream();
  life.stand();
  life.actor.send({ type: 'definition.changed', definition: DEFINITION });
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  life.lastAsked().timeOut();
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.clock.advance(250);
  assert.is(life.asked.length, 2);
  assert.is(life.lastAsked().record?.why, MINE.why);
});

test.run();
