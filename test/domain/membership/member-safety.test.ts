import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { fencedServers, herdOf, only, recordOf, type SmallHerd, show, TIMES } from '../../support/membership-herd.ts';
import { suite } from '../../support/suite.ts';

const test = suite('domain/membership/member-safety');

test('a session that is cut off is fenced before it is evicted', () => {
  const herd = herdOf('s01', 's02', 's03');
  herd.slot('s02-1').cut = true;
  herd.runUntil(() => herd.bucket.get('s02')?.record.state === 'down');
  const fencedMs = herd.log.find(({ output }) => output.type === 'standing.lost')?.ms ?? Number.POSITIVE_INFINITY;
  const evictedMs = herd.log.find(({ output }) => output.type === 'session.evicted')?.ms ?? 0;
  assert.ok(evictedMs - fencedMs >= TIMES.killMs, `fenced at ${fencedMs}, evicted at ${evictedMs}`);
});

test('a session that hears no beat, not even its own, pledges against no session', () => {
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
  // s01 hears neither beats nor renewals of s02, although it hears others.
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
  herd.take('s01-1', show(member, herd.nowMs, { server: 's02', revision: herd.revision + 100, record: renewed }));
  herd.run(300);
  assert.is(beatsOf().at(-1)?.doubts.get('s02-1'), undefined);
  assert.ok(beatsOf().at(-1)?.heard.has('s02-1'));
});

test('a pause of the process longer than F fences it, whatever messages are waiting', () => {
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

test('a session that is alone promises no more than F ahead, though it may ride for minutes', () => {
  const herd = herdOf('s01');
  assert.is(herd.standing('s01-1'), TIMES.fenceMs);
  herd.stalled = true;
  herd.run(60_000, 125);
  assert.is(herd.standing('s01-1'), TIMES.fenceMs);
});

test('a session whose machine slept is fenced at waking, though its monotonic clock stood still', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const woken = { monoMs: herd.nowMs + 10, wallMs: 1_000_000 + herd.nowMs + 3_600_000 };
  assert.is(member.standingForMs(woken), 0);
  assert.is(only('standing.lost', member.tick(woken)).length, 1);
});

test('a wall clock that steps back fences no session and lengthens no standing', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const forMs = herd.standing('s01-1');
  assert.is(member.standingForMs({ monoMs: herd.nowMs + 100, wallMs: 0 }), forMs - 100);
});

test('a session that was evicted fences itself when it sees it', () => {
  const herd = herdOf('s01', 's02');
  const { member } = herd.slot('s01-1');
  const down = recordOf('s01', { state: 'down', why: 'removed by an operator' });
  const outputs = show(member, herd.nowMs, { server: 's01', revision: herd.revision + 1, record: down });
  assert.equal(only('standing.lost', outputs), [
    { type: 'standing.lost', why: 'its key says: removed by an operator' },
  ]);
});

test('a newcomer whose write landed but that was never heard ends no session’s ride', () => {
  const herd = herdOf('s01', 's02', 's03');
  for (const server of ['s04', 's05']) {
    herd.revision += 1;
    herd.bucket.set(server, { revision: herd.revision, record: recordOf(server) });
    for (const { member } of [...herd.members.values()]) {
      const { revision } = herd;
      herd.take(member.self.session, show(member, herd.nowMs, { server, revision, record: recordOf(server) }));
    }
  }
  herd.run(1200);
  herd.stalled = true;
  herd.run(20_000);
  assert.equal(fencedServers(herd), []);
});

/** Faults as switches, thrown at random; kill and join included. Bigger worlds are in test/simulation. */
test('no session is ever evicted while it stands', () => {
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
