import * as assert from 'uvu/assert';
import { Member } from '../../../src/domain/membership/member.ts';
import { Roster } from '../../../src/domain/membership/roster.ts';
import { at, fill, only, recordOf, selfOf, show, TIMES } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/beats/beating');
const BEAT_URL = 'http://10.0.0.2:9080';

/** `s01`, which stands beside `s02` and `s03`; only the first of these takes direct beats. */
function standing(): Member {
  const member = new Member(selfOf('s01'), TIMES, at(0), { roster: new Roster() });
  show(member, 0, { server: 's02', revision: 1, record: recordOf('s02', { beatUrl: BEAT_URL }) });
  show(member, 0, { server: 's03', revision: 2, record: recordOf('s03') });
  const [write] = only('write', fill(member, 0, 2));
  assert.ok(write);
  member.writeAnswered(at(1), write.record.renewal, { outcome: 'won', revision: 3 });
  return member;
}

/** The others have heard the last beat, over the bus. */
function vouch(
  member: Member,
  nowMs: number,
  sequence: number,
  {
    deafTo = [],
    servers = ['s02', 's03'],
  }: { readonly deafTo?: readonly string[]; readonly servers?: readonly string[] } = {},
): void {
  for (const server of servers) {
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

test('while the bus carries beats, one direct beat is sent every half minute, to know that the direct way works', () => {
  const member = standing();
  assert.equal(targetsAt(member, 10), [S02, S03], 'no peer has vouched yet');
  let sequence = 1;
  const straight: number[] = [];
  for (let nowMs = 260; nowMs < 61_000; nowMs += 250, sequence += 1) {
    vouch(member, nowMs - 240, sequence);
    if (targetsAt(member, nowMs).length > 0) straight.push(nowMs);
  }
  assert.equal(straight, [30_010, 60_010]);
});

test('without a connection to the bus every beat goes straight to every peer, at once', () => {
  const member = standing();
  targetsAt(member, 10);
  vouch(member, 20, 1);
  member.busSeen(false);
  assert.equal(targetsAt(member, 260), [S02, S03]);
  vouch(member, 270, 2);
  member.busSeen(true);
  assert.equal(targetsAt(member, 510), []);
});

test('beats go straight to a peer that says it does not hear this session, and to a peer that is silent for three beats', () => {
  const deaf = standing();
  targetsAt(deaf, 10);
  vouch(deaf, 20, 1, { deafTo: ['s01-1'] });
  assert.equal(targetsAt(deaf, 260), [S02, S03]);

  const silent = standing();
  targetsAt(silent, 10);
  vouch(silent, 20, 1);
  assert.equal(targetsAt(silent, 260), []);
  assert.equal(targetsAt(silent, 510), []);
  assert.equal(targetsAt(silent, 1010), [S02, S03]);
});

/** `s01` beside four sessions that take direct beats. The first of them has not taken the first beat. */
function besideOneOutOfReach(): Member {
  const member = new Member(selfOf('s01'), TIMES, at(0), { roster: new Roster() });
  for (const [index, server] of FOUR.entries()) {
    const record = recordOf(server, { beatUrl: `http://${server}:9080` });
    show(member, 0, { server, revision: index + 1, record });
  }
  const [write] = only('write', fill(member, 0, 4));
  assert.ok(write);
  member.writeAnswered(at(1), write.record.renewal, { outcome: 'won', revision: 5 });
  targetsAt(member, 10);
  vouch(member, 11, 1, { servers: FOUR });
  for (const server of FOUR.slice(1)) member.directTaken(at(12), `${server}-1`);
  return member;
}

const FOUR = ['s02', 's03', 's04', 's05'];

function thirdsAt(member: Member, nowMs: number): readonly (readonly string[])[] {
  return targetsAt(member, nowMs).map(({ through = [] }) => through.map(({ server }) => server));
}

test('a beat for a peer that takes no direct beats goes through peers that do; beats for other peers go through no peer', () => {
  const member = besideOneOutOfReach();
  member.busSeen(false);
  const [toFirst, ...toOthers] = thirdsAt(member, 260);
  assert.equal([...(toFirst ?? [])].sort(), ['s03', 's04', 's05']);
  assert.equal(toOthers, [[], [], []]);
});

test('as soon as the peer takes a direct beat, no beat goes through others', () => {
  const member = besideOneOutOfReach();
  member.busSeen(false);
  member.directTaken(at(100), 's02-1');
  assert.equal(thirdsAt(member, 260), [[], [], [], []]);
});

test('a peer that has been silent for Fslow is tried through others only with every eighth beat', () => {
  const member = besideOneOutOfReach();
  member.busSeen(false);
  let tried = 0;
  let nowMs = 260;
  for (; nowMs <= TIMES.fenceSlowMs + 8 * 250 * 4; nowMs += 250) {
    // The bus acknowledges the renewals, but carries no messages.
    const outputs = member.tick(at(nowMs));
    for (const { record } of only('write', outputs)) {
      member.writeAnswered(at(nowMs), record.renewal, { outcome: 'won', revision: 5 + record.renewal });
    }
    const [sent] = only('sendBeat', outputs);
    for (const { server, session } of sent?.direct ?? []) if (server !== 's02') member.directTaken(at(nowMs), session);
    const through = sent?.direct.find(({ server }) => server === 's02')?.through;
    if (nowMs > TIMES.fenceSlowMs + 260 && through !== undefined) tried += 1;
  }
  assert.is(tried, 4);
});

test.run();
