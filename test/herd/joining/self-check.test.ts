import * as assert from 'uvu/assert';
import type { Told } from '../../../src/domain/herd-event.ts';
import type { BeatsLook, PeerLook } from '../../../src/domain/peers/peer-verdicts.ts';
import { SelfCheck } from '../../../src/herd/joining/self-check.ts';
import type { CheckTarget } from '../../../src/http/beats/peer-check.ts';
import { FACTS } from '../../support/beats.ts';
import { HeapClock } from '../../support/heap-clock.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/joining/self-check');

const WELL: BeatsLook = { outcome: 'answered', facts: FACTS, offsetMs: 3, rttMs: 2 };
const CLOSED: BeatsLook = { outcome: 'unreachable', why: 'its beats port is closed' };

/** s1 with the peers s2 and s3, on a clock of its own. */
function world() {
  const heap = new HeapClock();
  const peers = new Map(['s2', 's3'].map((name) => [name, target(name, `${name}-1`)]));
  const answers = new Map<string, BeatsLook>();
  const told: string[] = [];
  const looked: number[] = [];
  let shown: readonly string[] = [];
  /** Looks that are not answered before it is said. */
  const held: (() => void)[] = [];
  const isHeld = { now: false };
  const check = new SelfCheck({
    server: 's1',
    facts: FACTS,
    peers: () => [...peers.values()],
    look: (targets) => {
      looked.push(heap.now());
      const looks = targets.map(({ server }): PeerLook => ({ server, beats: answers.get(server) ?? WELL }));
      if (!isHeld.now) return Promise.resolve(looks);
      return new Promise((resolve) => held.push(() => resolve(looks)));
    },
    tell: ({ kind, subject = 's1', why }: Told) => told.push(`${kind} ${subject}: ${why}`),
    show: (findings) => {
      shown = findings.map(({ about, kind }) => `${about} ${kind}`);
    },
    clock: {
      now: () => heap.now(),
      unixMs: () => heap.now(),
      setTimeout: (run, waitMs) => heap.setTimeout(run, waitMs),
      clearTimeout: (timer) => heap.clearTimeout(Number(timer)),
    },
  });
  /** Lets time pass in steps that are short enough for the effects of each timer. */
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      heap.advance(500);
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
  };
  return { ...{ peers, answers, told, looked, held, isHeld, check, pass }, shown: () => shown };
}

function target(server: string, session: string): CheckTarget {
  return { server, session, peerUrl: `http://${server}:8080`, beatUrl: `http://${server}:9080` };
}

test('peers are looked at soon after the roster has changed, then every 30 s; the clocks are known', async () => {
  const { check, pass, looked, told, shown } = world();
  using _ = check;
  check.rosterChanged();
  check.rosterChanged();
  await pass(61_500);
  assert.equal(looked, [1000, 31_000, 61_000]);
  assert.equal([told, shown()], [[], []]);
  assert.equal(
    [...check.clockOffsetsMs],
    [
      ['s2', 3],
      ['s3', 3],
    ],
  );
});

test('a roster that changes all the time does not delay the check', async () => {
  const { check, pass, looked } = world();
  using _ = check;
  for (let times = 0; times < 6; times += 1) {
    check.rosterChanged();
    await pass(500);
  }
  assert.equal(looked, [1000, 2000, 3000]);
});

test('a fault that is found is checked again soon, told once, and its end is told', async () => {
  const { check, pass, looked, told, shown, answers } = world();
  using _ = check;
  answers.set('s3', CLOSED);
  check.rosterChanged();
  await pass(1500);
  assert.equal(told, []);
  await pass(100_000);
  assert.equal(looked.slice(0, 3), [1000, 6000, 36_000]);
  assert.equal([told, shown()], [['peer-problem s3: its beats port is closed'], ['s3 beats']]);
  answers.delete('s3');
  await pass(30_000);
  assert.equal(told.slice(1), ['peer-well s3: it is as it should be again (it was: its beats port is closed)']);
  assert.equal(shown(), []);
});

test('a fault of this server itself is told', async () => {
  const { check, pass, told, answers } = world();
  using _ = check;
  for (const peer of ['s2', 's3']) answers.set(peer, { ...WELL, offsetMs: 60_000 });
  check.rosterChanged();
  await pass(10_000);
  assert.equal(told, ['peer-problem s1: its clock is 60.0 s behind those of the other servers: let NTP set it']);
});

test('findings about a peer that leaves are over, and this is told', async () => {
  const { check, pass, told, shown, answers, peers } = world();
  using _ = check;
  answers.set('s3', CLOSED);
  check.rosterChanged();
  await pass(10_000);
  peers.delete('s3');
  check.rosterChanged();
  await pass(2000);
  assert.match(told[1] ?? '', /^peer-well s3: it is no longer in the herd/);
  assert.equal(shown(), []);
});

test('a check of a session that ends meanwhile says nothing about the next session, which is checked at once', async () => {
  const { check, pass, looked, told, answers, peers, isHeld, held } = world();
  using _ = check;
  answers.set('s3', { outcome: 'refused' });
  check.rosterChanged();
  await pass(1500);
  isHeld.now = true;
  await pass(5000);
  peers.set('s3', target('s3', 's3-2'));
  check.rosterChanged();
  isHeld.now = false;
  for (const answer of held) answer();
  answers.delete('s3');
  await pass(3000);
  assert.equal(looked, [1000, 6000, 8000]);
  assert.equal(told, [], 'the second refusal was of another session than the first');
});

test('no second check begins while one is under way, however long it takes', async () => {
  const { check, pass, looked, isHeld, held } = world();
  using _ = check;
  isHeld.now = true;
  check.rosterChanged();
  await pass(60_000);
  check.rosterChanged();
  await pass(60_000);
  assert.equal(looked, [1000]);
  isHeld.now = false;
  for (const answer of held) answer();
  await pass(31_000);
  assert.is(looked.length, 2);
});

test('a refused namesake is shown for a minute', async () => {
  const { check, pass, told, shown } = world();
  using _ = check;
  check.namesake({ host: 'other', dataDir: '/data' });
  assert.equal(told, ['peer-problem s1: a second server of this name was refused: on host other, data folder /data']);
  await pass(40_000);
  check.namesake({ host: 'other', dataDir: '/data' });
  await pass(40_000);
  assert.equal([shown(), told.length], [['s1 server-name'], 1]);
  await pass(30_000);
  assert.equal(shown(), []);
});

test('a self-check that has ended says nothing more', async () => {
  const { check, pass, looked, isHeld, held } = world();
  isHeld.now = true;
  check.rosterChanged();
  await pass(1500);
  check[Symbol.dispose]();
  for (const answer of held) answer();
  await pass(60_000);
  assert.is(looked.length, 1);
});

test.run();
