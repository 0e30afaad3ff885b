import * as assert from 'uvu/assert';
import { Member } from '../../../src/domain/membership/member.ts';
import { suite } from '../../support/suite.ts';
import { at, only, recordOf, selfOf, TIMES } from './herd-fixture.ts';

const test = suite('domain/membership/beating');
const BEAT_URL = 'http://10.0.0.2:9080';

/** `s01`, which stands beside `s02` and `s03`; only the first of these takes direct beats. */
function standing(): Member {
  const member = new Member(selfOf('s01'), TIMES, at(0));
  member.serverRecordSeen(at(0), 's02', 1, recordOf('s02', { beatUrl: BEAT_URL }));
  member.serverRecordSeen(at(0), 's03', 2, recordOf('s03'));
  const [write] = only('write', member.viewCurrent(at(0), 2));
  assert.ok(write);
  member.writeAnswered(at(1), write.record.renewal, { outcome: 'won', revision: 3 });
  return member;
}

/** Both others have heard the last beat, over the bus. */
function vouch(member: Member, nowMs: number, sequence: number, deafTo: readonly string[] = []): void {
  for (const server of ['s02', 's03']) {
    const session = `${server}-1`;
    const beat = { server, session, sequence, heard: new Map([['s01-1', sequence]]), doubts: new Map(), deafTo };
    member.beatHeard(at(nowMs), { ...beat, revisions: { servers: 0, owners: 0, streams: 0 } }, 'bus');
  }
}

function targetsAt(member: Member, nowMs: number) {
  const [sent] = only('sendBeat', member.tick(at(nowMs)));
  assert.ok(sent, 'a beat is due');
  return sent.direct;
}

const S02 = { server: 's02', session: 's02-1', beatUrl: BEAT_URL };
const S03 = { server: 's03', session: 's03-1' };

test('while the bus carries beats none goes straight', () => {
  const member = standing();
  targetsAt(member, 10);
  vouch(member, 20, 1);
  assert.equal(targetsAt(member, 260), []);
});

test('without a connection to the bus every beat goes straight to everybody, at once', () => {
  const member = standing();
  targetsAt(member, 10);
  vouch(member, 20, 1);
  member.busSeen(false);
  assert.equal(targetsAt(member, 260), [S02, S03]);
  vouch(member, 270, 2);
  member.busSeen(true);
  assert.equal(targetsAt(member, 510), []);
});

test('beats go straight to one that says it does not hear this one, and to one that is silent for three beats', () => {
  const deaf = standing();
  targetsAt(deaf, 10);
  vouch(deaf, 20, 1, ['s01-1']);
  assert.equal(targetsAt(deaf, 260), [S02, S03]);

  const silent = standing();
  targetsAt(silent, 10);
  vouch(silent, 20, 1);
  assert.equal(targetsAt(silent, 260), []);
  assert.equal(targetsAt(silent, 510), []);
  assert.equal(targetsAt(silent, 1010), [S02, S03]);
});

test.run();
