import * as assert from 'uvu/assert';
import { CaptureReports } from '../../../src/herd/capturing/capture-reports.ts';
import { OwnCaptures } from '../../../src/herd/capturing/own-captures.ts';
import type { OwnerReport } from '../../../src/herd/capturing/report-message.ts';
import { startCapturing } from '../../support/stream-life.ts';
import { streamName } from '../../support/stream-names.ts';
import { THEIRS } from '../../support/stream-world.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/capturing/own-captures');

const CAM = streamName('cam1');
const SEGMENT_MS = 2000;
const EXITED = { type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } } as const;
const NOW = 851_234_567;
const COUNTING = { segmentMs: SEGMENT_MS, clock: { unixMs: () => NOW * SEGMENT_MS + 1999 } };

/** What one server tells of its captures; `heard` is what another says to it. */
function ownCaptures() {
  const reports = new CaptureReports({ server: 's01', session: () => 's01-1', send: () => {}, isDefined: () => true });
  const rested: string[] = [];
  const captures = new OwnCaptures(reports, COUNTING, (name) => rested.push(name));
  const heard = (report: Partial<OwnerReport>) => {
    const said: OwnerReport = { state: 'live', epoch: 1, since: '', ...report };
    reports.receive('s02', JSON.stringify({ session: 's02-1', reports: [[CAM, said]] }));
  };
  return { reports, captures, rested, heard, [Symbol.dispose]: () => reports[Symbol.dispose]() };
}

/** A capture whose every step is noted, as the registry does it. */
function followed(captures: OwnCaptures) {
  const life = startCapturing();
  captures.note(CAM, life.actor.getSnapshot());
  life.actor.subscribe((snapshot) => captures.note(CAM, snapshot));
  return life;
}

function segment(number: number) {
  return {
    ...{ stream: CAM, epoch: 1, number, discontinuity: false, startMs: 0, durationMs: SEGMENT_MS, bytes: 188 },
    file: `/${number}.ts`,
  };
}

test('a stream is busy until its key is vacated, and then a caller that waits for rest is told', async () => {
  using own = ownCaptures();
  await own.captures.rested();
  const life = followed(own.captures);
  let isRested = false;
  const resting = own.captures.rested().then(() => {
    isRested = true;
  });
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report(EXITED);
  await Promise.resolve();
  assert.equal([[...own.captures.busy], own.reports.own(CAM)?.state, isRested], [[CAM], 'handing-back', false]);
  life.lastAsked().settle();
  assert.equal(own.rested, [], 'not in the turn of the actor, which may be let go of now');
  await resting;
  assert.equal([[...own.captures.busy], own.rested, own.reports.own(CAM)], [[], ['cam1'], undefined]);
});

test('the wait for rest ends when the last of several streams rests', async () => {
  using own = ownCaptures();
  const one = followed(own.captures);
  own.captures.note(streamName('cam2'), one.actor.getSnapshot());
  let isRested = false;
  void own.captures.rested().then(() => {
    isRested = true;
  });
  one.actor.send({ type: 'standing.lost', why: 'a test' });
  one.lastRun().report(EXITED);
  await Promise.resolve();
  assert.equal([[...own.captures.busy], isRested], [['cam2'], false]);
});

test('a report is made again when it says something new, and its time is that of the state', () => {
  using own = ownCaptures();
  const life = followed(own.captures);
  const said = () => own.reports.own(CAM);
  life.lastRun().report({ type: 'ffmpeg.progressed', outTimeMs: 1, bitrateKbps: 1000 });
  const live = said();
  assert.equal([live?.state, live?.epoch, live?.input, live?.bitrateKbps], ['live', 1, 0, 1000]);
  const progress = (outTimeMs: number, bitrateKbps: number) => {
    life.lastRun().report({ type: 'ffmpeg.progressed', outTimeMs, bitrateKbps });
    life.lastRun().report({ type: 'ffmpeg.segment', segment: segment(outTimeMs) });
  };
  progress(2, 1050.4);
  assert.is(said(), live, 'a bitrate of nearly the same is no news');
  progress(3, 1200.4);
  assert.equal(said(), { ...live, bitrateKbps: 1200 });
});

test('a source that speaks at length is quoted once, and within what the bus takes', () => {
  using own = ownCaptures();
  const life = followed(own.captures);
  life.lastRun().report({ ...EXITED, failure: { kind: 'ended', message: 'x'.repeat(5000) } });
  const failed = own.reports.own(CAM);
  assert.equal([failed?.state, failed?.error?.length], ['backing-off', 500]);
  own.captures.note(CAM, life.actor.getSnapshot());
  assert.is(own.reports.own(CAM), failed);
});

test('the next number is above those of every owner, also of one that ran ahead of the clock and of one that lagged', () => {
  using own = ownCaptures();
  assert.is(own.captures.highestNumber(CAM), undefined);
  own.captures.noteSegment({ ...segment(NOW - 50), discontinuities: 1 });
  assert.is(own.captures.highestNumber(CAM), NOW - 50, 'its own alone');
  own.heard({ ahead: 7 });
  assert.is(own.captures.highestNumber(CAM), NOW + 7, 'what another has reached by now');
  own.captures.noteSegment({ ...segment(NOW + 1000), discontinuities: 1 });
  own.captures.noteSegment({ ...segment(NOW + 999), discontinuities: 1 });
  assert.is(own.captures.highestNumber(CAM), NOW + 1000, 'a late word takes nothing back');
  own.captures.forget(CAM);
  assert.is(own.captures.highestNumber(CAM), undefined, 'a stream of that name may come again');
});

test('the other servers are told how far the stream’s numbers run ahead, and again only when they run further', () => {
  using own = ownCaptures();
  const life = followed(own.captures);
  const close = (ahead: number) => {
    own.captures.noteSegment({ ...segment(NOW + ahead), discontinuities: 1 });
    life.lastRun().report({ type: 'ffmpeg.segment', segment: segment(NOW + ahead) });
    return own.reports.own(CAM);
  };
  const first = close(1_000_000);
  assert.is(first?.ahead, 1_000_000);
  assert.is(close(999_000), first);
  assert.is(close(1_001_000)?.ahead, 1_001_000);
});

test('the other servers are told what is to be said of the stream’s source', () => {
  using own = ownCaptures();
  const life = followed(own.captures);
  life.lastRun().report({ type: 'ffmpeg.remarked', remark: 'x'.repeat(1000) });
  assert.is(own.reports.own(CAM)?.remark, 'x'.repeat(500));
});

test('the count of discontinuities is told when it rises, and the highest that was heard is remembered', () => {
  using own = ownCaptures();
  const life = followed(own.captures);
  assert.is(own.captures.discontinuities(CAM), undefined);
  const close = (discontinuities: number) => {
    own.captures.noteSegment({ ...segment(NOW), discontinuities });
    own.captures.note(CAM, life.actor.getSnapshot());
    return own.reports.own(CAM);
  };
  const first = close(5);
  assert.is(first?.discontinuities, 5);
  assert.is(close(5), first, 'nothing new');
  assert.is(close(6)?.discontinuities, 6);
  own.heard({ discontinuities: 9 });
  own.heard({ discontinuities: 8 });
  assert.is(own.captures.discontinuities(CAM), 9);
  own.captures.forget(CAM);
  assert.is(own.captures.discontinuities(CAM), undefined);
});

test.run();
