import * as assert from 'uvu/assert';
import type { OwnerRecord } from '../../src/domain/records/owner-record.ts';
import type { Assignment, StreamEvent } from '../../src/machines/stream-contract.ts';
import { startCapturing } from '../support/stream-life.ts';
import { THEIRS } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('machines/stream-home');

test('a stream keeps its home through emergencies, and gets another when it is moved for good', () => {
  const ENDS = { type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } } as const;
  const after = (event: StreamEvent, replaced?: OwnerRecord) => {
    const life = startCapturing({}, replaced);
    const claimed = life.key.record?.home;
    life.actor.send(event);
    life.lastRun().report(ENDS);
    life.lastAsked().settle();
    return [claimed, life.key.record?.home];
  };
  const told = (extra: Partial<Assignment>): StreamEvent => ({
    type: 'assignment.changed',
    assignment: { ...THEIRS, ...extra },
  });
  const lost = { server: 's03', session: 'dead', rosterRevision: 1, since: '', why: '' } as const;
  assert.equal(after(told({})), ['s01', 's01'], 'a first claim');
  assert.equal(after(told({}), lost), ['s03', 's03'], 'an older version had it');
  assert.equal(after(told({}), { ...lost, home: 's04' }), ['s04', 's04'], 'it stood in as well');
  assert.equal(after(told({ forGood: 'always' }), lost), ['s03', 's02']);
  assert.equal(after(told({ forGood: 'from-home' }), lost), ['s03', 's03'], 'it stands in');
  assert.equal(after(told({ forGood: 'from-home' })), ['s01', 's02']);
  assert.equal(after({ type: 'move.requested', to: 's03', why: 'an operator moves it' }), ['s01', 's03']);
  const vacated = { server: null, session: null, since: '', why: '' } as const;
  assert.equal(after(told({}), vacated), ['s01', 's01']);
  assert.equal(after(told({}), { ...vacated, home: 's02' }), ['s02', 's02']);
});

test('a move that evens out is for good by the home that is recorded when the stream is handed on', () => {
  const life = startCapturing({}, { server: 's03', session: 'dead', rosterRevision: 1, since: '', why: '' });
  life.actor.send({ type: 'assignment.changed', assignment: { ...THEIRS, forGood: 'from-home' } });
  const { record, revision } = life.key;
  assert.is(record?.home, 's03');
  // The owner adopts it while its capture ends.
  if (record?.server === 's01') life.key.write(revision, { ...record, home: 's01', epoch: revision });
  life.see();
  life.lastRun().report({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'the source ended' } });
  life.lastAsked().settle();
  assert.equal([life.key.record?.server, life.key.record?.home], [null, 's02']);
});

test.run();
