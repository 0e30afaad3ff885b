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
  assert.equal(after(told({ isForGood: true }), lost), ['s03', 's02']);
  assert.equal(after({ type: 'move.requested', to: 's03', why: 'an operator moves it' }), ['s01', 's03']);
  const vacated = { server: null, session: null, since: '', why: '' } as const;
  assert.equal(after(told({}), vacated), ['s01', 's01']);
  assert.equal(after(told({}), { ...vacated, home: 's02' }), ['s02', 's02']);
});

test.run();
