import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { createEmptyActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import {
  HEALTHY_AFTER_MS,
  QUICK_REFUSAL_WITHIN_MS,
  QUICK_RETRIES,
  QUICK_RETRY_MS,
} from '../../src/domain/restart-policy.ts';
import { captureMachine } from '../../src/machines/capture.ts';
import type { CaptureEvent } from '../../src/machines/capture-actions.ts';
import { captureInputFor, playedFfmpeg, startCapture } from '../support/capture-world.ts';
import { suite } from '../support/suite.ts';
import { cell, deeds } from '../support/transition-table.ts';
import { CAPTURE_EVENTS, CAPTURE_TABLE, type CaptureColumn, type CaptureStateName } from './capture.table.ts';

const test = suite('machines/capture');

type Snapshot = SnapshotFrom<typeof captureMachine>;

function nameOf(snapshot: Snapshot): CaptureStateName {
  for (const name of ['spawning', 'connecting', 'live', 'stalled', 'changing', 'stopping'] as const) {
    if (snapshot.matches({ running: name })) return name;
  }
  return snapshot.matches('ended') ? 'ended' : 'backingOff';
}

const SILENCE = { type: 'xstate.after.silence.capture.running.live.flowing' } as unknown as CaptureEvent;

/** How each state is reached. */
const WAYS: { readonly [S in CaptureStateName]: readonly CaptureEvent[] } = {
  spawning: [],
  connecting: [CAPTURE_EVENTS['ffmpeg.started']],
  live: [CAPTURE_EVENTS['ffmpeg.progressed']],
  stalled: [CAPTURE_EVENTS['ffmpeg.progressed'], SILENCE],
  changing: [CAPTURE_EVENTS['ffmpeg.sounded lost']],
  stopping: [CAPTURE_EVENTS['capture.stop']],
  backingOff: [CAPTURE_EVENTS['ffmpeg.exited']],
  ended: [CAPTURE_EVENTS['capture.stop'], CAPTURE_EVENTS['ffmpeg.exited']],
};

function arrive(state: CaptureStateName): Snapshot {
  const [start] = initialTransition(captureMachine, captureInputFor(createEmptyActor()));
  return WAYS[state].reduce((snapshot: Snapshot, event) => transition(captureMachine, snapshot, event)[0], start);
}

for (const state of Object.keys(CAPTURE_TABLE) as CaptureStateName[]) {
  test(`table: ${state}`, () => {
    const before = arrive(state);
    assert.is(nameOf(before), state);
    const row = Object.fromEntries(
      (Object.keys(CAPTURE_EVENTS) as CaptureColumn[]).map((column) => {
        const [after, actions] = transition(captureMachine, before, CAPTURE_EVENTS[column]);
        return [column, cell(state, nameOf(after), deeds(actions))];
      }),
    );
    assert.equal(row, CAPTURE_TABLE[state]);
  });
}

test('no first data within one and a half source timeouts: killed, and tried again with the next input', () => {
  const { clock, latest, reports, ffmpeg } = startCapture();
  latest().report({ type: 'ffmpeg.started', pid: 1 });
  clock.advance(14_999);
  assert.equal(latest().told, []);
  clock.advance(1);
  assert.equal(latest().told, ['ffmpeg.kill']);
  latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
  assert.equal(reports.at(-1), {
    type: 'capture.failed',
    failure: { kind: 'timeout', message: 'no data for 10 s' },
    input: 0,
    retryInMs: 1000,
  });
  clock.advance(1000);
  assert.is(reports.at(-1)?.type, 'capture.retried');
  assert.equal(
    ffmpeg.runs.map((run) => run.input.url),
    ['rtsp://camera/1', 'rtsp://camera/2'],
  );
});

test('time in the queue of starts does not count against the source', () => {
  const { clock, latest, reports } = startCapture();
  clock.advance(100_000);
  assert.equal(latest().told, []);
  assert.equal(reports, []);
});

test('silence of a live source is a stall; data prevents it', () => {
  const { clock, latest, reports } = startCapture();
  latest().report({ type: 'ffmpeg.started', pid: 1 });
  for (let second = 0; second < 30; second++) {
    latest().report({ type: 'ffmpeg.progressed', outTimeMs: second * 1000 });
    clock.advance(1000);
  }
  assert.equal(
    reports.map(({ type }) => type),
    ['capture.live'],
  );
  clock.advance(9000);
  assert.is(reports.at(-1)?.type, 'capture.stalled');
  assert.equal(latest().told, ['ffmpeg.kill']);
});

test('a source is unreachable after three source timeouts without data, over all attempts, and again after three more', () => {
  const { clock, latest, reports } = startCapture();
  latest().report({ type: 'ffmpeg.started', pid: 1 });
  const failAll = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1000) {
      clock.advance(1000);
      if (latest().alive) latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
    }
  };
  const unreachable = () => reports.filter(({ type }) => type === 'capture.unreachable').length;
  failAll(29_000);
  assert.is(unreachable(), 0);
  failAll(1000);
  assert.is(unreachable(), 1);
  failAll(30_000);
  assert.is(unreachable(), 2);
});

test('the time until unreachable counts from the last data before a stall', () => {
  const { clock, latest, reports } = startCapture();
  latest().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
  clock.advance(29_999);
  assert.not(reports.some(({ type }) => type === 'capture.unreachable'));
  clock.advance(1);
  assert.ok(reports.some(({ type }) => type === 'capture.unreachable'));
});

test('data ends the time without data: the next such time is counted from its own beginning', () => {
  const { clock, latest, reports } = startCapture();
  latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
  clock.advance(20_000);
  latest().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
  latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
  clock.advance(29_999);
  assert.not(reports.some(({ type }) => type === 'capture.unreachable'));
  clock.advance(1);
  assert.ok(reports.some(({ type }) => type === 'capture.unreachable'));
});

test('a refused first connection is tried again at once a few times before it counts', () => {
  const { clock, latest, reports, ffmpeg } = startCapture();
  for (let retry = 0; retry < QUICK_RETRIES; retry++) {
    latest().report(CAPTURE_EVENTS['ffmpeg.exited refused']);
    clock.advance(QUICK_RETRY_MS);
  }
  assert.is(ffmpeg.runs.length, QUICK_RETRIES + 1);
  assert.ok(ffmpeg.runs.every((run) => run.input.url === 'rtsp://camera/1'));
  assert.ok(
    reports.every(({ type }) => type === 'capture.retried'),
    'none of them is a failure',
  );
  latest().report(CAPTURE_EVENTS['ffmpeg.exited refused']);
  assert.is(reports.at(-1)?.type, 'capture.failed');
});

test('a source that refuses only after a while counts as failed, also at the first connection', () => {
  const refusedAfter = (ms: number) => {
    const { clock, latest, reports } = startCapture();
    latest().report(CAPTURE_EVENTS['ffmpeg.started']);
    clock.advance(ms);
    latest().report(CAPTURE_EVENTS['ffmpeg.exited refused']);
    return reports.map(({ type }) => type);
  };
  assert.equal(refusedAfter(QUICK_REFUSAL_WITHIN_MS - 1), []);
  assert.equal(refusedAfter(QUICK_REFUSAL_WITHIN_MS), ['capture.failed']);
});

test('a capture that was healthy on a backup input returns to the first at its restart', () => {
  const { clock, latest } = startCapture();
  latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
  clock.advance(1000);
  assert.is(latest().input.url, 'rtsp://camera/2');
  for (let passed = 0; passed <= HEALTHY_AFTER_MS; passed += 5000) {
    latest().report({ type: 'ffmpeg.progressed', outTimeMs: passed });
    clock.advance(5000);
  }
  latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
  clock.advance(1000);
  assert.is(latest().input.url, 'rtsp://camera/1');
});

test('a later run numbers its segments above an earlier one', () => {
  const { clock, latest } = startCapture({ nextNumber: 1500 });
  assert.is(latest().input.startNumber, 1500);
  const segment = { ...CAPTURE_EVENTS['ffmpeg.segment'].segment, number: 1507 };
  latest().report({ type: 'ffmpeg.segment', segment });
  latest().report(CAPTURE_EVENTS['ffmpeg.exited']);
  clock.advance(1000);
  assert.is(latest().input.startNumber, 1508);
});

test('an ffmpeg actor that breaks counts as no failure and no end: its ffmpeg may live, so no second one is started', () => {
  for (const breaksAtStart of [true, false]) {
    const { clock, latest, reports, ffmpeg, actor } = startCapture({}, playedFfmpeg({ breaksAtStart }));
    if (!breaksAtStart) {
      latest().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
      latest().breaks = true;
      // The silence of the source: the command to kill it is what breaks the actor.
      clock.advance(10_000);
      assert.equal(latest().told, ['ffmpeg.kill']);
    }
    assert.is(reports.at(-1)?.type, 'capture.broken');
    clock.advance(5_000);
    actor.send({ type: 'capture.stop' });
    clock.advance(100_000);
    actor.send({ type: 'capture.kill' });
    assert.is(ffmpeg.runs.length, 1);
    const types = reports.map(({ type }) => type);
    assert.is(types.filter((type) => type === 'capture.broken').length, 1);
    assert.not.ok(types.includes('capture.failed') || types.includes('capture.ended'), String(types));
    assert.is(actor.getSnapshot().status, 'active');
  }
});

test('random walks: never two ffmpegs, and none after the end', () => {
  const step = fc.oneof(
    fc.constantFrom<CaptureColumn[]>(
      'ffmpeg.started',
      'ffmpeg.progressed',
      'ffmpeg.segment',
      'ffmpeg.sounded lost',
      'ffmpeg.exited',
      'ffmpeg.exited refused',
    ),
    fc.nat(40_000),
    fc.constantFrom<CaptureColumn[]>('capture.stop', 'capture.kill'),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, latest, reports, ffmpeg, actor } = startCapture();
      const play = (event: (typeof CAPTURE_EVENTS)[CaptureColumn]) => {
        if (event.type === 'capture.stop' || event.type === 'capture.kill') actor.send(event);
        else if (event.type !== 'source.dark' && latest().alive) latest().report(event);
      };
      for (const it of steps) {
        if (typeof it === 'number') clock.advance(it);
        else play(CAPTURE_EVENTS[it]);
        assert.ok(ffmpeg.alive().length <= 1, 'C1');
        const ended = reports.findIndex(({ type }) => type === 'capture.ended');
        if (ended >= 0) assert.is(ffmpeg.alive().length, 0, 'C2');
        assert.ok(ended < 0 || ended === reports.length - 1, 'ended comes last');
        assert.is.not(actor.getSnapshot().status, 'error');
      }
    }),
  );
});

test.run();
