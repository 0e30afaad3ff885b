import * as assert from 'uvu/assert';
import type { StreamEvent } from '../../src/machines/stream-contract.ts';
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

test('a record that its owner has rewritten is still its claim: the capture goes on, and the key is vacated where it stands', () => {
  const life = startCapturing();
  const { record } = life.key;
  if (record?.session == null) throw new Error('it is not owned');
  life.key.write(1, { ...record, home: 's02', epoch: 1 });
  life.see();
  assert.equal([life.ffmpeg.runs.length, life.lastRun().told], [1, []]);
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } });
  life.lastAsked().settle();
  assert.equal([life.key.revision, life.key.record?.session, life.key.record?.home], [3, null, 's02']);
  assert.ok(life.actor.getSnapshot().matches('idle'));
  life.actor.send({ type: 'assignment.changed', assignment: MINE });
  assert.is(life.asked.length, 2, 'its view still shows its own record');
});

test('a key that was rewritten while it was being vacated is vacated once more', () => {
  const life = startCapturing();
  const { record } = life.key;
  if (record?.session == null) throw new Error('it is not owned');
  life.actor.send({ type: 'assignment.changed', assignment: THEIRS });
  life.lastRun().report({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } });
  life.key.write(1, { ...record, home: 's02', epoch: 1 });
  life.lastAsked().settle();
  assert.ok(life.actor.getSnapshot().matches('idle'), 'what it asked for is lost');
  life.see();
  assert.is(life.lastAsked().expected, 2);
  life.lastAsked().settle();
  assert.equal([life.key.revision, life.key.record?.session], [3, null]);
});

test('a key is vacated for the heir of the newest plan, unless that keeps the stream here, or an operator has said where it goes', () => {
  const heirAfter = (first: StreamEvent, whileItEnds: StreamEvent) => {
    const life = startCapturing();
    life.actor.send(first);
    life.actor.send(whileItEnds);
    life.lastRun().report({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } });
    life.lastAsked().settle();
    const { record } = life.key;
    return record?.server === null ? [record.heir, record.why, record.home] : undefined;
  };
  const theirs: StreamEvent = { type: 'assignment.changed', assignment: THEIRS };
  const newer: StreamEvent = {
    type: 'assignment.changed',
    assignment: { ...THEIRS, heir: 's03', forGood: 'always', why: 's03 is furthest below its share' },
  };
  const ordered: StreamEvent = { type: 'move.requested', to: 's02', why: 'an operator moves it' };
  assert.equal(heirAfter(theirs, newer), ['s03', 's03 is furthest below its share', 's03']);
  assert.equal(heirAfter(theirs, { type: 'assignment.changed', assignment: MINE }), ['s02', THEIRS.why, 's01']);
  assert.equal(heirAfter(ordered, newer), ['s02', 'an operator moves it', 's02']);
  const unreachable: StreamEvent = { type: 'capture.unreachable', darkForMs: 20_000, failure: null };
  assert.equal(heirAfter(unreachable, newer)?.[0], undefined);
});

test.run();
