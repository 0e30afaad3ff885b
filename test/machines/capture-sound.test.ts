import * as assert from 'uvu/assert';
import { createEmptyActor } from 'xstate';
import { captureInputFor, startCapture } from '../support/capture-world.ts';
import { suite } from '../support/suite.ts';
import { CAPTURE_EVENTS } from './capture.table.ts';

const test = suite('machines/capture-sound');

const LOST = CAPTURE_EVENTS['ffmpeg.sounded lost'];
const EXITED = CAPTURE_EVENTS['ffmpeg.exited'];
const STARTED = CAPTURE_EVENTS['ffmpeg.started'];

/** What each run was to do with the sound. */
const plans = ({ ffmpeg }: ReturnType<typeof startCapture>) =>
  ffmpeg.runs.map(({ input: { sound, profile } }) => `${sound} ${profile?.video ?? '-'} ${profile?.audio ?? '-'}`);

test('sound that MPEG-TS cannot carry: ffmpeg ends, the next one encodes it at once, and this counts as no failure', () => {
  const capture = startCapture();
  const { latest, reports } = capture;
  latest().report(STARTED);
  latest().report(LOST);
  assert.equal(latest().told, ['ffmpeg.discard']);
  latest().report({ type: 'ffmpeg.progressed', outTimeMs: 40 });
  const segment = { ...CAPTURE_EVENTS['ffmpeg.segment'].segment, number: 1_000_000 };
  latest().report({ type: 'ffmpeg.segment', segment });
  assert.is(plans(capture).length, 1, 'not before it is dead');
  latest().report({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'stopped' } });
  assert.equal(plans(capture), ['tried - -', 'encoded copy aac']);
  assert.is(latest().input.url, 'rtsp://camera/1');
  assert.is(latest().input.startNumber, 1_000_001, 'the number of what was discarded is not used again');
  assert.equal(reports, [{ type: 'capture.sounded', input: 0, codec: 'pcm_mulaw', encodes: true }]);
  // Told once more by the run that encodes: known.
  latest().report(LOST);
  assert.equal(latest().told, []);
});

test('it is encoded from the start on where it is known, and by each later run', () => {
  const world = { ...captureInputFor(createEmptyActor()).world, soundOf: () => 'opus' };
  const capture = startCapture({ world });
  for (let run = 0; run < 2; run++) {
    capture.latest().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
    capture.latest().report(EXITED);
    capture.clock.advance(10_000);
  }
  assert.equal(plans(capture), Array(3).fill('encoded copy aac'));
});

test('the present sound of a source counts, not the remembered one', () => {
  const world = { ...captureInputFor(createEmptyActor()).world, soundOf: () => 'opus' };
  const capture = startCapture({ inputs: ['rtsp://camera/1'], world });
  capture.latest().report(CAPTURE_EVENTS['ffmpeg.sounded']);
  assert.equal(capture.latest().told, [], 'AAC is encoded again until the next run: no second pull for that');
  capture.latest().report(EXITED);
  capture.clock.advance(10_000);
  assert.equal(plans(capture), ['encoded copy aac', 'tried - -']);
});

test('the definition’s words about sound are obeyed, and a test pattern is always encoded', () => {
  const defined = startCapture({ profile: { video: 'copy', audio: 'copy' } });
  defined.latest().report(LOST);
  const pattern = startCapture({ inputs: ['test:a'] });
  pattern.latest().report(LOST);
  assert.equal([...plans(defined), ...plans(pattern)], ['as-defined copy copy', 'as-defined - -']);
  assert.equal([...defined.latest().told, ...pattern.latest().told], []);
});

test('a camera that announces sound and sends none plays without sound, for one run; then the sound is tried again', () => {
  const capture = startCapture({ inputs: ['rtsp://camera/1'] });
  const { latest, clock } = capture;
  latest().report(LOST);
  latest().report(EXITED);
  latest().report(STARTED);
  latest().report(LOST);
  clock.advance(15_000);
  assert.equal(latest().told, ['ffmpeg.kill'], 'no data');
  latest().report(EXITED);
  clock.advance(1000);
  latest().report(LOST);
  latest().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
  latest().report(EXITED);
  clock.advance(2000);
  assert.equal(plans(capture), ['tried - -', 'encoded copy aac', 'given-up - -', 'encoded copy aac']);
});

test('a camera that is away does not lose its sound', () => {
  const world = { ...captureInputFor(createEmptyActor()).world, soundOf: () => 'opus' };
  const capture = startCapture({ inputs: ['rtsp://camera/1'], world });
  for (let run = 0; run < 3; run++) {
    capture.latest().report(EXITED);
    capture.clock.advance(60_000);
  }
  assert.equal(plans(capture), Array(4).fill('encoded copy aac'));
});

test('a capture that is told to end while the sound changes starts no new ffmpeg', () => {
  for (const end of ['capture.stop', 'capture.kill'] as const) {
    const capture = startCapture();
    capture.latest().report(LOST);
    capture.actor.send({ type: end });
    capture.latest().report(EXITED);
    capture.clock.advance(60_000);
    assert.is(capture.ffmpeg.runs.length, 1);
    assert.is(capture.reports.at(-1)?.type, 'capture.ended');
  }
});

test.run();
