import * as assert from 'uvu/assert';
import { ownStatus } from '../../src/machines/stream-status.ts';
import { startCapturing } from '../support/stream-life.ts';
import { DEFINITION, MINE, SERVER, SESSION, THEIRS } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/stream-source');

const ENDED = { type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } } as const;

test('a change of what is captured restarts ffmpeg under the same epoch; a new title does not', () => {
  const life = startCapturing();
  life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, title: 'Gate 4' } });
  assert.equal(life.lastRun().told, []);
  life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, inputs: ['rtsp://camera/9'] } });
  assert.equal(life.lastRun().told, ['ffmpeg.stop']);
  life.lastRun().report(ENDED);
  assert.is(life.lastRun().input.url, 'rtsp://camera/9');
  assert.is(life.lastRun().input.epoch, 1);
});

test('away from its capture_at host the backup profile is in force', () => {
  const backupTranscoder = { video: 'h264', videoKbps: 512, audio: 'copy' } as const;
  const life = startCapturing();
  life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, backupTranscoder, captureAt: 's02' } });
  life.lastRun().report(ENDED);
  assert.equal(life.lastRun().input.profile, backupTranscoder);
});

test('a stream whose source the server cannot reach is handed on, and not taken back while another server has not tried', () => {
  const life = startCapturing();
  goDark(life);
  assert.is(life.ffmpeg.alive().length, 0, 'it was between two attempts');
  life.lastAsked().settle();
  assert.equal(life.key.record?.failedBy, [SERVER]);
  life.see();
  life.clock.advance(60_000);
  assert.is(life.asked.length, 2);
  life.key.write(2, { server: null, session: null, since: '', why: '', failedBy: [SERVER, 's02', 's03'] });
  life.see();
  assert.is(life.asked.length, 3, 'all have failed');
});

test('when every other server has failed as well, the server keeps trying', () => {
  const life = startCapturing();
  life.actor.send({ type: 'assignment.changed', assignment: { ...MINE, others: [] } });
  goDark(life);
  assert.ok(life.actor.getSnapshot().matches({ capturing: 'running' }));
  assert.ok(life.facts().some((fact) => fact.endsWith('no data for 30 s, and there is no other server to try')));
});

test('when all servers have failed, the stream’s capture_at host keeps trying', () => {
  const life = startCapturing();
  life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, captureAt: 's02' } });
  const owner = { epoch: 1, server: SERVER, session: SESSION, live: true, failedBy: ['s02', 's03'], unfitBy: [] };
  life.actor.send({ type: 'owner.changed', owner });
  goDark(life);
  life.lastAsked().settle();
  assert.equal(life.key.record?.failedBy, ['s03', SERVER], 's02 gets another chance');
  assert.is(
    life.facts().at(-1),
    'stream-handed-back: no server could capture it lately, so its capture_at host s02 keeps trying',
  );
});

test('media that players will not play is told once in an epoch, and shown for as long as the run lasts', () => {
  const life = startCapturing();
  const remark = 'its sound plays nowhere';
  const shown = () => ownStatus(life.actor.getSnapshot()).remark;
  life.lastRun().report({ type: 'ffmpeg.remarked', remark });
  assert.is(shown(), remark);
  life.lastRun().report(ENDED);
  assert.is(shown(), remark, 'the last run’s, until another begins');
  life.clock.advance(1000);
  assert.is(shown(), undefined);
  life.lastRun().report({ type: 'ffmpeg.remarked', remark });
  assert.is(shown(), remark);
  assert.equal(
    life.facts().filter((fact) => fact.startsWith('stream-remarked')),
    [`stream-remarked: ${remark}`],
  );
});

test('the codec of the sound is shown for the input in use, and an event says when it is encoded', () => {
  const life = startCapturing();
  const shown = () => ownStatus(life.actor.getSnapshot()).sound;
  assert.is(shown(), undefined);
  life.lastRun().report({ type: 'ffmpeg.sounded', codec: 'opus' });
  assert.is(shown(), 'opus');
  life.lastRun().report(ENDED);
  assert.is(life.lastRun().input.sound, 'encoded');
  assert.is(
    life.facts().at(-1),
    'stream-restarted: its sound is opus, which MPEG-TS cannot carry: it is encoded as AAC',
  );
  life.lastRun().report({ type: 'ffmpeg.progressed', outTimeMs: 1 });
  assert.is(shown(), 'opus');
  life.actor.send({ type: 'definition.changed', definition: { ...DEFINITION, inputs: ['rtsp://camera/9'] } });
  life.lastRun().report(ENDED);
  assert.is(shown(), undefined, 'another source');
});

const OURS = { type: 'ffmpeg.exited', failure: { kind: 'ours', message: 'ffmpeg exited with 1' } } as const;

test('a second failure in a row by the server’s own fault hands the stream on, with the server’s name; a single one does not, nor one after data', () => {
  for (const between of [ENDED, { type: 'ffmpeg.progressed', outTimeMs: 1 }] as const) {
    const life = startCapturing();
    life.lastRun().report(OURS);
    life.clock.advance(2000);
    life.lastRun().report(between);
    life.clock.advance(3000);
    life.lastRun().report(OURS);
    assert.ok(life.actor.getSnapshot().matches({ capturing: 'running' }), between.type);
  }
  const life = startCapturing();
  life.lastRun().report(OURS);
  life.clock.advance(2000);
  life.lastRun().report(OURS);
  life.lastAsked().settle();
  assert.equal([life.key.record?.failedBy, life.key.record?.unfitBy], [[SERVER], [SERVER]]);
  assert.is(
    life.facts().at(-1),
    "stream-handed-back: its capture failed again on s01, which is not the source's doing",
  );
  life.see();
  life.clock.advance(60_000);
  assert.is(life.asked.length, 2, 'not taken back while another has not tried');
});

test('failures by the server’s own fault are no reason to give up a stream that no other server may capture', () => {
  const life = startCapturing();
  life.actor.send({ type: 'assignment.changed', assignment: { ...MINE, others: [] } });
  for (let failures = 0; failures < 5; failures++) {
    life.lastRun().report(OURS);
    life.clock.advance(40_000);
  }
  assert.ok(life.actor.getSnapshot().matches({ capturing: 'running' }));
});

test('a capture machine that breaks is told, and its stream is neither released nor started again', () => {
  let questions = 0;
  const brokenAfterTheClaim = () => {
    questions += 1;
    if (questions > 1) throw new Error('a world that is not total');
    return undefined;
  };
  const life = startCapturing({
    world: {
      now: () => 0,
      random: () => 0,
      highestNumber: brokenAfterTheClaim,
      soundOf: () => undefined,
      pushes: () => [],
      discontinuities: () => undefined,
      rosterRevision: () => 1,
    },
  });
  assert.equal(life.emitted.at(-1), { type: 'broken', why: 'the capture of cam1 broke, and its ffmpeg may live' });
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  assert.is(life.asked.length, 1);
});

test('an ffmpeg actor that breaks is told too: the key is kept, so that no other server starts beside an ffmpeg that may live', () => {
  const life = startCapturing();
  life.lastRun().breaks = true;
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  assert.equal(life.lastRun().told, ['ffmpeg.stop']);
  assert.equal(life.emitted.at(-1), { type: 'broken', why: 'the capture of cam1 broke, and its ffmpeg may live' });
  life.clock.advance(100_000);
  assert.is(life.asked.length, 1);
  assert.is(life.ffmpeg.runs.length, 1);
});

/** Every attempt fails, until the source has been dark for three source timeouts. */
function goDark(life: ReturnType<typeof startCapturing>): void {
  for (let second = 0; second < 30; second++) {
    if (life.lastRun().alive) life.lastRun().report(ENDED);
    life.clock.advance(1000);
  }
}

test.run();
