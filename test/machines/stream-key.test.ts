import * as assert from 'uvu/assert';
import { ownStatus } from '../../src/machines/stream-status.ts';
import { startCapturing, startStream } from '../support/stream-life.ts';
import { DEFINITION, MINE, ownedBy, THEIRS } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/stream-key');

test('a key whose marker of removal was swept away is claimed, also below a revision up to which all counted as over', () => {
  const life = startCapturing();
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } });
  life.lastAsked().settle();
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  assert.is(life.asked.length, 2, 'its view still shows its own claim');
  const never = { epoch: 0, server: null, session: null, live: false, failedBy: [], unfitBy: [] };
  life.actor.send({ type: 'owner.changed', owner: never });
  assert.is(life.asked.length, 3);
  assert.is(life.lastAsked().expected, 0);
});

test('a won claim starts no capture before the view shows it, and none at all when the view shows a later owner', () => {
  const claiming = () => {
    const life = startStream();
    life.see();
    life.stand();
    life.actor.send({ type: 'definition.changed', definition: DEFINITION });
    life.actor.send({ type: 'assignment.changed', assignment: MINE });
    return life;
  };
  const won = claiming();
  won.lastAsked().settle();
  assert.is(won.ffmpeg.runs.length, 0);
  won.see();
  assert.is(won.lastRun().input.epoch, 1);

  const overtaken = claiming();
  overtaken.actor.send({ type: 'owner.changed', owner: ownedBy('s02', 'session-of-s02', 7) });
  overtaken.lastAsked().settle();
  assert.is(overtaken.key.revision, 1, 'won, in a bucket that has gone back to before what was seen');
  assert.equal([overtaken.ffmpeg.runs.length, ownStatus(overtaken.actor.getSnapshot()).state], [0, 'idle']);

  const fenced = claiming();
  fenced.lastAsked().settle();
  fenced.actor.send({ type: 'standing.lost', why: 'the bus lost its data' });
  fenced.see();
  assert.equal([fenced.ffmpeg.runs.length, fenced.actor.getSnapshot().context.epoch], [0, null]);
});

test.run();
