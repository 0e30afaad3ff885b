import * as assert from 'uvu/assert';
import { startCapturing } from '../support/stream-life.ts';
import { MINE, THEIRS } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/stream-key');

test('a key whose marker of removal was swept away is claimed, though revisions up to a higher one were over', () => {
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

test.run();
