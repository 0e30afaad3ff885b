import * as assert from 'uvu/assert';
import { Member } from '../../../src/domain/membership/member.ts';
import { Roster } from '../../../src/domain/membership/roster.ts';
import { at, fencedServers, fill, herdOf, only, recordOf, selfOf, show, TIMES } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/member');

test('a herd settles: every session stands by the bus and by all peers', () => {
  const herd = herdOf('s01', 's02', 's03');
  for (const { member } of herd.members.values()) {
    assert.is(member.phase, 'standing');
    assert.equal([...member.roster.entries].map(({ server }) => server).sort(), ['s01', 's02', 's03']);
    const peers = member.roster.entryOf(member.self.session)?.record.peers ?? [];
    assert.is(peers.length, 2);
    assert.ok(herd.standing(member.self.session) > 1000);
  }
});

test('it renews every second, with a new value each time, and beats four times as often', () => {
  const herd = herdOf('s01', 's02');
  const before = herd.log.length;
  herd.run(10_000);
  const later = herd.log.slice(before).filter(({ server }) => server === 's01');
  const writes = later.filter(({ output }) => output.type === 'write').length;
  const beats = later.filter(({ output }) => output.type === 'sendBeat').length;
  assert.ok(writes >= 9 && writes <= 11, `${writes} writes`);
  assert.ok(beats >= 39 && beats <= 41, `${beats} beats`);
});

test('a stalled bus fences no session while the peers vouch, and all of them at the end of the ride', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.stalled = true;
  herd.run(590_000, 125);
  assert.equal(fencedServers(herd), []);
  herd.run(15_000, 125);
  assert.is(fencedServers(herd).length, 3);
});

test('a dead bus fences no session whose direct beats arrive', () => {
  const herd = herdOf('s01', 's02', 's03');
  for (const slot of herd.members.values()) slot.busCut = true;
  herd.run(30_000);
  assert.equal(fencedServers(herd), []);
  const rules = herd.log.flatMap(({ output }) => (output.type === 'standing.changed' ? [output.rule] : []));
  assert.equal(new Set(rules), new Set(['b']));
});

test('one host lost together with the bus: the others stand by (c), and are fenced at Fslow', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.stalled = true;
  herd.kill('s03-1');
  herd.run(11_000);
  assert.equal(fencedServers(herd), []);
  herd.run(2000);
  assert.equal([...fencedServers(herd)].sort(), ['s01', 's02']);
});

test('of two, one lost together with the bus fences the other after F', () => {
  const herd = herdOf('s01', 's02');
  herd.stalled = true;
  herd.kill('s02-1');
  herd.run(2000);
  assert.equal(fencedServers(herd), ['s01']);
});

test('a dead host is evicted by two pledges a little after E', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.kill('s03-1');
  const tookMs = herd.runUntil(() => herd.bucket.get('s03')?.record.state === 'down');
  assert.ok(tookMs > 2000 - TIMES.beatMs && tookMs <= 2600, `${tookMs} ms`);
  const [evicted] = herd.log.flatMap(({ output }) => only('session.evicted', [output]));
  assert.match(evicted?.why ?? '', /^silent for 2\.\d s, and 2 of its 2 peers no longer vouch for it$/);
});

test('of two, the survivor evicts the other alone', () => {
  const herd = herdOf('s01', 's02');
  herd.kill('s02-1');
  const tookMs = herd.runUntil(() => herd.bucket.get('s02')?.record.state === 'down');
  assert.ok(tookMs > 2000 - TIMES.beatMs && tookMs <= 2600, `${tookMs} ms`);
  assert.equal(fencedServers(herd), []);
});

test('two hosts lost at once leave one pledge: evicted after Eslow', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.kill('s02-1');
  herd.kill('s03-1');
  const gone = () => herd.bucket.get('s02')?.record.state === 'down' && herd.bucket.get('s03')?.record.state === 'down';
  const tookMs = herd.runUntil(gone);
  assert.ok(tookMs >= 13_500 - TIMES.renewalMs && tookMs <= 16_500, `${tookMs} ms`);
});

test('a session that leaves closes its key, and the others do not wait for it', () => {
  const herd = herdOf('s01', 's02', 's03');
  const { member } = herd.slot('s02-1');
  herd.take('s02-1', member.leaveRoster(at(herd.nowMs)));
  herd.run(500);
  assert.is(member.phase, 'left');
  assert.is(herd.bucket.get('s02')?.record.state, 'down');
  herd.run(5000);
  assert.equal(fencedServers(herd), []);
  assert.equal([...(herd.bucket.get('s01')?.record.peers ?? [])], ['s03-1']);
});

test('a session that leaves no longer vouches for any peer, also while the bus does not answer', () => {
  const herd = herdOf('s01', 's02', 's03');
  const { member } = herd.slot('s02-1');
  const beats = () => herd.log.filter(({ server, output }) => server === 's02' && output.type === 'sendBeat').length;
  herd.stalled = true;
  herd.take('s02-1', member.leaveRoster(at(herd.nowMs)));
  const before = beats();
  assert.ok(before > 0);
  herd.run(2 * TIMES.beatMs);
  assert.is(member.phase, 'leaving');
  assert.is(beats(), before);
});

test('a session that leaves while the bus never answers gives up after some time, and its key stays as it was', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s02-1');
  herd.stalled = true;
  herd.take('s02-1', member.leaveRoster(at(herd.nowMs)));
  const writes = () => herd.log.filter(({ server, output }) => server === 's02' && output.type === 'write').length;
  const before = writes();
  herd.runUntil(() => member.phase === 'left');
  assert.ok(writes() > before, 'it has tried again');
  assert.is(herd.bucket.get('s02')?.record.state, 'up');
});

test('a session that leaves before it joined writes nothing', () => {
  const member = new Member(selfOf('s01'), TIMES, at(0), { roster: new Roster() });
  assert.equal(only('write', member.leaveRoster(at(10))), []);
  assert.is(member.phase, 'left');
});

test('a bus that lost its data ends a session that stands, and says so', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const [lost] = only('standing.lost', member.viewLost(at(herd.nowMs), 'the bucket was made anew'));
  assert.equal([lost?.why, lost?.amnesia], ['the bus lost its data: the bucket was made anew', true]);
  assert.is(member.phase, 'fenced');
});

test('after a renewal that lost, the session reads its own key, once at a time', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const renewals: number[] = [];
  for (let ms = 0; renewals.length < 2; ms += 50) {
    renewals.push(...only('write', member.tick(at(herd.nowMs + ms))).map(({ record }) => record.renewal));
  }
  const [first = 0, second = 0] = renewals;
  assert.is(only('readOwn', member.writeAnswered(at(herd.nowMs), first, { outcome: 'lost' })).length, 1);
  assert.equal(only('readOwn', member.writeAnswered(at(herd.nowMs), second, { outcome: 'lost' })), []);
});

test('a first write that is known only when it is too late for every rule gives no standing: the next one does', () => {
  const roster = new Roster();
  const member = new Member(selfOf('s01'), TIMES, at(0), { roster });
  const [late] = only('write', fill(member, 0, 0));
  const knownMs = TIMES.rideMs + 1;
  member.writeAnswered(at(knownMs), late?.record.renewal ?? 0, { outcome: 'won', revision: 1 });
  assert.is(member.phase, 'joining');
  const [next] = only('write', member.tick(at(knownMs + TIMES.beatMs)));
  member.writeAnswered(at(knownMs + TIMES.beatMs), next?.record.renewal ?? 0, { outcome: 'won', revision: 2 });
  assert.is(member.phase, 'standing');
});

test('a session that can store or capture nothing shows it on the roster by the next beat, and likewise that it can again', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  for (const fault of [{ cannotStore: 'its disk is full' }, { cannotCapture: 'ffmpeg does not work' }, {}] as const) {
    member.faultSeen(fault);
    herd.run(TIMES.beatMs + 50);
    const { cannotStore, cannotCapture } = herd.bucket.get('s01')?.record ?? {};
    assert.equal({ ...(cannotStore && { cannotStore }), ...(cannotCapture && { cannotCapture }) }, fault);
    assert.is(member.phase, 'standing');
  }
});

test('draining shows on the roster and keeps standing', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  herd.take('s01-1', member.drain(at(herd.nowMs), true));
  herd.run(5000);
  assert.is(herd.bucket.get('s01')?.record.state, 'draining');
  assert.is(member.phase, 'standing');
  herd.take('s01-1', member.drain(at(herd.nowMs), false));
  herd.run(500);
  assert.is(herd.bucket.get('s01')?.record.state, 'up');
});

test('a second server of the same name on another host is refused, and the first never notices', () => {
  const herd = herdOf('s01', 's02');
  const impostor = herd.add('s01', { session: 'impostor', host: 'elsewhere' });
  herd.run(3000);
  assert.is(impostor.phase, 'refused');
  assert.is(herd.bucket.get('s01')?.record.session, 's01-1');
  assert.equal(fencedServers(herd), []);
});

test('a name whose silent holder was on another host waits until its peers no longer vouch', () => {
  const herd = herdOf('s01', 's02');
  herd.kill('s01-1');
  const successor = herd.add('s01', { session: 'successor', host: 'elsewhere' });
  assert.is(successor.phase, 'waiting');
  const tookMs = herd.runUntil(() => successor.phase === 'standing');
  assert.ok(tookMs > 2000 - TIMES.beatMs && tookMs <= 3500, `${tookMs} ms`);
});

test('a successor on the same host and folder takes over at once', () => {
  const herd = herdOf('s01', 's02');
  herd.kill('s01-1');
  const successor = herd.add('s01', { session: 's01-2' });
  assert.is(successor.phase, 'standing');
});

test('a holder on another host does not count as alive by a renewal from before the session began, but does by its next one', () => {
  const roster = new Roster();
  const renewed = (renewal: number) => recordOf('s01', { session: 'other', host: 'elsewhere', renewal });
  roster.take('s01', 1, renewed(1), 0);
  roster.take('s01', 2, renewed(2), 1000);
  roster.filled(2, 1000);
  const member = new Member(selfOf('s01'), TIMES, at(1500), { roster });
  assert.equal(only('join.refused', member.viewCurrent(at(1500))), []);
  assert.is(member.phase, 'waiting');
  show(member, 2000, { server: 's01', revision: 3, record: renewed(3) });
  member.tick(at(2100));
  assert.is(member.phase, 'refused');
});

test('the age of a record counts from its own time, also if that was before the session began', () => {
  const roster = new Roster();
  roster.take('s02', 1, recordOf('s02'), 0);
  roster.filled(1, 0);
  const nowMs = TIMES.evictRideMs;
  const member = new Member(selfOf('s01'), TIMES, at(nowMs), { roster });
  const [write] = only('write', member.viewCurrent(at(nowMs)));
  assert.ok(write);
  member.writeAnswered(at(nowMs), write.record.renewal, { outcome: 'won', revision: 2 });
  const [evict] = only('evict', member.tick(at(nowMs + 10)));
  assert.equal([evict?.server, evict?.expected], ['s02', 1]);
});

test.run();
