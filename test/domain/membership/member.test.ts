import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { suite } from '../../support/suite.ts';
import { at, only, recordOf, SmallHerd, TIMES } from './herd-fixture.ts';

const test = suite('domain/membership/member');

/** A settled herd: everybody stands, and records everybody. */
function herdOf(...servers: readonly string[]): SmallHerd {
  const herd = new SmallHerd();
  for (const server of servers) herd.add(server);
  herd.run(4000);
  return herd;
}

function fencedSessions(herd: SmallHerd): readonly string[] {
  return herd.log.filter(({ output }) => output.type === 'standing.lost').map(({ server }) => server);
}

test('a herd settles: everybody stands by the bus and by everybody', () => {
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

test('a stalled bus fences nobody for as long as the peers vouch, and at the end of the ride', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.stalled = true;
  herd.run(590_000, 125);
  assert.equal(fencedSessions(herd), []);
  herd.run(15_000, 125);
  assert.is(fencedSessions(herd).length, 3);
});

test('a dead bus fences nobody whose beats go straight', () => {
  const herd = herdOf('s01', 's02', 's03');
  for (const slot of herd.members.values()) slot.busCut = true;
  herd.run(30_000);
  assert.equal(fencedSessions(herd), []);
  const rules = herd.log.flatMap(({ output }) => (output.type === 'standing.changed' ? [output.rule] : []));
  assert.equal(new Set(rules), new Set(['b']));
});

test('one host lost together with the bus: the others stand by (c), and are fenced at Fslow', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.stalled = true;
  herd.kill('s03-1');
  herd.run(11_000);
  assert.equal(fencedSessions(herd), []);
  herd.run(2000);
  assert.equal([...fencedSessions(herd)].sort(), ['s01', 's02']);
});

test('of two, one lost together with the bus fences the other after F', () => {
  const herd = herdOf('s01', 's02');
  herd.stalled = true;
  herd.kill('s02-1');
  herd.run(2000);
  assert.equal(fencedSessions(herd), ['s01']);
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
  assert.equal(fencedSessions(herd), []);
});

test('two hosts lost at once leave one pledge: evicted after Eslow', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.kill('s02-1');
  herd.kill('s03-1');
  const gone = () => herd.bucket.get('s02')?.record.state === 'down' && herd.bucket.get('s03')?.record.state === 'down';
  const tookMs = herd.runUntil(gone);
  assert.ok(tookMs >= 13_500 - TIMES.renewalMs && tookMs <= 16_500, `${tookMs} ms`);
});

test('whoever is cut off is fenced before it is evicted', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.slot('s02-1').cut = true;
  herd.runUntil(() => herd.bucket.get('s02')?.record.state === 'down');
  const fencedMs = herd.log.find(({ output }) => output.type === 'standing.lost')?.ms ?? Number.POSITIVE_INFINITY;
  const evictedMs = herd.log.find(({ output }) => output.type === 'session.evicted')?.ms ?? 0;
  assert.ok(evictedMs - fencedMs >= TIMES.killMs, `fenced at ${fencedMs}, evicted at ${evictedMs}`);
});

test('who hears nobody, itself included, pledges against nobody', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.slot('s01-1').busCut = true;
  herd.kill('s03-1');
  herd.run(6000);
  const pledgers = herd.log.filter(({ output }) => output.type === 'session.pledged').map(({ server }) => server);
  assert.equal(new Set(pledgers), new Set(['s02']));
});

test('a pledge is over when a newer record is seen, and both vouch for each other again', () => {
  const herd = herdOf('s01', 's02', 's03');
  const { member } = herd.slot('s01-1');
  // s01 hears of s02 neither beats nor renewals while its own ears work.
  const doubted = [...member.roster.entries].find(({ server }) => server === 's02');
  assert.ok(doubted);
  const others = [...herd.members.values()].filter((it) => it.member !== member);
  for (const slot of others) slot.cut = true;
  herd.runUntil(() => herd.log.some(({ output }) => output.type === 'session.pledged'), 3000);
  const beatsOf = () =>
    herd.log.flatMap(({ server, output }) => (server === 's01' && output.type === 'sendBeat' ? [output.beat] : []));
  herd.run(500);
  assert.is(beatsOf().at(-1)?.doubts.get('s02-1'), doubted.revision);
  assert.not.ok(beatsOf().at(-1)?.heard.has('s02-1'));
  // A late renewal of s02 lands.
  const renewed = { ...doubted.record, renewal: doubted.record.renewal + 50 };
  herd.take('s01-1', member.serverRecordSeen(at(herd.nowMs), 's02', herd.revision + 100, renewed));
  herd.run(300);
  assert.is(beatsOf().at(-1)?.doubts.get('s02-1'), undefined);
  assert.ok(beatsOf().at(-1)?.heard.has('s02-1'));
});

test('a pause of the process longer than F fences it, whatever waits in its ears', () => {
  const herd = herdOf('s01', 's02', 's03');
  const slot = herd.slot('s01-1');
  const late = { monoMs: herd.nowMs + 1600, wallMs: 1_000_000 + herd.nowMs + 1600 };
  const beat = herd.log
    .flatMap(({ server, output }) => (server === 's02' && output.type === 'sendBeat' ? [output.beat] : []))
    .at(-1);
  assert.ok(beat);
  const outputs = slot.member.beatHeard(late, { ...beat, sequence: beat.sequence + 1 }, 'bus');
  assert.is(only('standing.lost', outputs).length, 1);
  assert.is(slot.member.standingForMs(late), 0);
});

test('a machine that slept wakes up fenced, though its monotonic clock stood still', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const woken = { monoMs: herd.nowMs + 10, wallMs: 1_000_000 + herd.nowMs + 3_600_000 };
  assert.is(member.standingForMs(woken), 0);
  assert.is(only('standing.lost', member.tick(woken)).length, 1);
});

test('a wall clock that steps back fences nobody and lends nothing', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const forMs = herd.standing('s01-1');
  assert.is(member.standingForMs({ monoMs: herd.nowMs + 100, wallMs: 0 }), forMs - 100);
});

test('a session that was evicted fences itself when it sees it', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const down = recordOf('s01', { state: 'down', why: 'removed by an operator' });
  const outputs = member.serverRecordSeen(at(herd.nowMs), 's01', herd.revision + 1, down);
  assert.equal(only('standing.lost', outputs), [
    { type: 'standing.lost', why: 'its key says: removed by an operator' },
  ]);
});

test('leaving closes the key, and the others do not miss it', () => {
  const herd = herdOf('s01', 's02', 's03');
  const { member } = herd.slot('s02-1');
  herd.take('s02-1', member.leave(at(herd.nowMs)));
  herd.run(500);
  assert.is(member.phase, 'left');
  assert.is(herd.bucket.get('s02')?.record.state, 'down');
  herd.run(5000);
  assert.equal(fencedSessions(herd), []);
  assert.equal([...(herd.bucket.get('s01')?.record.peers ?? [])], ['s03-1']);
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
  assert.equal(fencedSessions(herd), []);
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

test('a newcomer whose write landed but who never spoke costs nobody the ride', () => {
  const herd = herdOf('s01', 's02', 's03');
  for (const server of ['s04', 's05']) {
    herd.revision += 1;
    herd.bucket.set(server, { revision: herd.revision, record: recordOf(server) });
    for (const { member } of [...herd.members.values()]) {
      herd.take(member.self.session, member.serverRecordSeen(at(herd.nowMs), server, herd.revision, recordOf(server)));
    }
  }
  herd.run(1200);
  herd.stalled = true;
  herd.run(20_000);
  assert.equal(fencedSessions(herd), []);
});

/** Faults as switches, thrown at random; kill and join included. Bigger worlds are in test/simulation. */
test('nobody is ever evicted while it stands', () => {
  const fault = fc.record({
    afterMs: fc.integer({ min: 50, max: 6000 }),
    what: fc.constantFrom('cut', 'busCut', 'stall', 'heal', 'kill', 'restart'),
    whom: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.array(fault, { minLength: 1, maxLength: 12 }), (count, faults) => {
      const names = Array.from({ length: count }, (_, index) => `s0${index + 1}`);
      const herd = herdOf(...names);
      const generation = new Map(names.map((name) => [name, 1]));
      const sessionOf = (name: string) => `${name}-${generation.get(name)}`;
      for (const { afterMs, what, whom } of faults) {
        watchEvictions(herd, afterMs);
        const name = names[whom % count] ?? 's01';
        const slot = herd.members.get(sessionOf(name));
        if (what === 'stall') herd.stalled = true;
        else if (what === 'heal') heal(herd);
        else if (what === 'kill') herd.kill(sessionOf(name));
        else if (what === 'restart') {
          herd.kill(sessionOf(name));
          generation.set(name, (generation.get(name) ?? 0) + 1);
          herd.add(name, { session: sessionOf(name) });
        } else if (slot !== undefined) slot[what] = true;
      }
      watchEvictions(herd, 16_000);
    }),
    { numRuns: 20 },
  );
});

function heal(herd: SmallHerd): void {
  herd.stalled = false;
  for (const slot of herd.members.values()) {
    slot.cut = false;
    slot.busCut = false;
  }
}

function watchEvictions(herd: SmallHerd, forMs: number): void {
  for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
    const before = herd.log.length;
    herd.run(100);
    for (const { output } of herd.log.slice(before)) {
      if (output.type !== 'session.evicted' || !herd.members.has(output.session)) continue;
      assert.is(herd.standing(output.session), 0, `${output.session} was evicted while it stood: ${output.why}`);
    }
  }
}

test.run();
