import * as assert from 'uvu/assert';
import type { Plan } from '../../../src/domain/placement/placement.ts';
import { Counts } from '../../../src/domain/tally.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { StreamRegistry } from '../../../src/herd/capturing/stream-registry.ts';
import { Assignments } from '../../../src/herd/placing/assignments.ts';
import { PROCESS_CLOCK } from '../../../src/host/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryWorld } from '../../support/memory-store.ts';
import { streamName } from '../../support/stream-names.ts';
import { DEFINITION, ownerSeen } from '../../support/stream-world.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/placing/assignments');

const CAM1 = streamName('cam1');
const CAM2 = streamName('cam2');
const member = (server: string, state: 'up' | 'draining' = 'up') => ({
  server,
  session: `${server}-1`,
  capacity: 1,
  state,
});
const S1_S2 = [member('s1'), member('s2')];

/** A plan with these places; a stream that is left out is nowhere. */
function planned(target: Readonly<Record<string, string>>): Plan {
  const lines = Object.entries(target).map(
    ([stream, server]) => [stream, { server, why: `${server} it is`, forGood: undefined }] as const,
  );
  return { target: new Map(lines), moves: [], nowhere: [], loads: new Map() };
}

/** The actors of cam1 and cam2 on s1, and how often each was given something. */
function world() {
  const given: string[] = [];
  const timers: (() => void)[] = [];
  // The clock stands still, so that all lines are given in one turn, unless a test moves it.
  const clock = {
    ...PROCESS_CLOCK,
    nowMs: 0,
    stepMs: 0,
    now: () => {
      clock.nowMs += clock.stepMs;
      return clock.nowMs;
    },
    setTimeout: (run: () => void, ms: number) => (ms > 0 ? PROCESS_CLOCK.setTimeout(run, ms) : timers.push(run)),
  };
  const owners = memoryWorld().open('owners');
  const registry = new StreamRegistry({
    server: 's1',
    owners,
    tally: new Counts(),
    ffmpeg: ({ sendBack }) => sendBack({ type: 'ffmpeg.started', pid: 1 }),
    liveFolder: '/nowhere',
    segmentMs: 2000,
    times: DEFAULT_TIMES,
    highestNumber: () => undefined,
    soundOf: () => undefined,
    pushesOf: () => [],
    discontinuities: () => undefined,
    rosterRevision: () => 1,
    onEmission: () => {},
    onSnapshot: (name) => given.push(name),
    clock,
  });
  const assignments = new Assignments('s1', registry);
  owners.watch((change) => {
    if (change.type === 'entry') registry.send(streamName(change.entry.key), ownerSeen(change.entry));
  });
  registry.ensure(CAM1);
  registry.ensure(CAM2);
  given.length = 0;
  const of = (name: typeof CAM1) => registry.snapshot(name)?.context.assignment;
  /** Makes s1 capture cam1. */
  const capture = async () => {
    registry.send(CAM1, { type: 'definition.changed', definition: DEFINITION });
    registry.send(CAM1, { type: 'standing.gained', session: 's1-1' });
    await eventually('it is captured', () => registry.snapshot(CAM1)?.matches('capturing'));
  };
  return { registry, assignments, given, of, capture, clock, timers, [Symbol.dispose]: () => registry.stop() };
}

test('each actor is given its line of the plan, and nothing when the line says the same', () => {
  using it = world();
  it.assignments.take(planned({ cam1: 's1', cam2: 's2' }), S1_S2);
  assert.equal(it.of(CAM1), { mine: true, others: ['s2'], why: 's1 it is' });
  assert.equal(it.of(CAM2), { mine: false, heir: 's2', others: ['s2'], why: 's2 it is' });
  it.assignments.take(planned({ cam1: 's1', cam2: 's2' }), [...S1_S2]);
  assert.equal(it.given, ['cam1', 'cam2']);
  it.assignments.take(planned({ cam1: 's1', cam2: 's2' }), [...S1_S2, member('s3'), member('s4', 'draining')]);
  assert.equal(it.given.slice(2), ['cam1'], 'other servers that may take it concern only its owner');
  assert.equal(it.of(CAM1)?.others, ['s2', 's3']);
  it.assignments.take(planned({ cam1: 's1', cam2: 's3' }), [...S1_S2, member('s3')]);
  assert.is(it.of(CAM2)?.heir, 's3');
});

test('a plan that does not know of a claim under way does not take the stream away, unless the server drains; the next plan may', async () => {
  const here = planned({ cam1: 's1', cam2: 's1' });
  const there = planned({ cam1: 's2', cam2: 's1' });
  const claim = (it: ReturnType<typeof world>) => {
    it.assignments.take(here, S1_S2);
    const captured = it.capture();
    assert.ok(it.registry.snapshot(CAM1)?.matches('claiming'));
    return captured;
  };
  using it = world();
  const captured = claim(it);
  it.assignments.take(there, S1_S2);
  assert.is(it.of(CAM1)?.mine, true);
  await captured;
  it.assignments.take(there, S1_S2);
  assert.is(it.of(CAM1)?.heir, 's2');

  using draining = world();
  const never = claim(draining);
  draining.assignments.take(there, [member('s1', 'draining'), member('s2')]);
  assert.is(draining.of(CAM1)?.heir, 's2');
  draining.registry.send(CAM1, { type: 'assignment.changed', assignment: { mine: true, others: [], why: 'it is' } });
  await never;
});

test('while the bus is away there is no server to hand a stream to; afterwards there is again', () => {
  using it = world();
  it.assignments.hold(true);
  it.assignments.hold(false);
  it.assignments.take(planned({ cam1: 's1', cam2: 's1' }), S1_S2);
  it.assignments.hold(true);
  assert.equal([it.of(CAM1)?.others, it.of(CAM1)?.mine], [[], true]);
  it.assignments.take(planned({ cam1: 's1', cam2: 's1' }), S1_S2);
  assert.equal(it.of(CAM2)?.others, []);
  it.assignments.hold(false);
  assert.equal(it.of(CAM1)?.others, ['s2']);
});

test('lines that were revoked stay so until there is a new plan: not even the end of an outage brings the old plan back', () => {
  using it = world();
  const plan = planned({ cam1: 's1', cam2: 's1' });
  it.assignments.take(plan, S1_S2);
  it.assignments.hold(true);
  it.assignments.revoke('the bus lost its data');
  it.assignments.hold(false);
  assert.equal(it.of(CAM1), { mine: false, others: [], why: 'the bus lost its data' });
  for (const _ of ['the first plan of the new session', 'the same after a second loss']) {
    it.assignments.take(plan, S1_S2);
    assert.is(it.of(CAM1)?.mine, true);
    it.assignments.revoke('the bus lost its data');
  }
});

test('a drained server keeps streams that no other may take; a leaving server gives them up too', async () => {
  using it = world();
  it.assignments.take(planned({ cam1: 's1', cam2: 's1' }), S1_S2);
  await it.capture();
  const alone = [member('s1', 'draining')];
  it.assignments.take(planned({}), alone);
  assert.equal([it.of(CAM1)?.mine, it.of(CAM1)?.why], [true, 'no other server may take it']);
  assert.equal([it.of(CAM2)?.mine, it.of(CAM2)?.why], [false, 'there is no server that may take it']);
  it.assignments.claimNoMore();
  assert.is(it.of(CAM1)?.mine, true, 'with the next plan: another may take it');
  it.assignments.take(planned({}), alone);
  assert.is(it.of(CAM1)?.mine, false);
});

test('a leaving server takes no stream from that moment on, whatever a late plan says', async () => {
  using it = world();
  const plan = planned({ cam1: 's1', cam2: 's1' });
  it.assignments.take(plan, S1_S2);
  await it.capture();
  it.assignments.claimNoMore();
  assert.equal([it.of(CAM1)?.mine, it.of(CAM2)?.mine, it.of(CAM2)?.why], [true, false, 's1 leaves']);
  it.assignments.take(planned({ cam1: 's1', cam2: 's2' }), S1_S2);
  it.assignments.take(plan, S1_S2);
  assert.equal([it.of(CAM1)?.mine, it.of(CAM2)?.mine], [true, false]);
  assert.is(it.of(CAM2)?.why, 's1 leaves', 'what has just been claimed is handed back with that reason');
});

test('a stream that was removed and comes back is given its line, although the plan says what it said before', () => {
  using it = world();
  const plan = planned({ cam1: 's1', cam2: 's1' });
  it.assignments.take(plan, S1_S2);
  it.assignments.forget(CAM1);
  it.assignments.take(plan, S1_S2);
  assert.equal(it.given, ['cam1', 'cam2'], 'what has an actor is not forgotten');
  it.registry.dropIfStopped(CAM1);
  it.assignments.forget(CAM1);
  it.registry.ensure(CAM1);
  it.assignments.take(plan, S1_S2);
  assert.is(it.of(CAM1)?.mine, true);
});

test('many lines are given in short turns, by the newest plan, and not at all once the session has ended', () => {
  using it = world();
  const names = Array.from({ length: 100 }, (_, index) => streamName(`many${index}`));
  for (const name of names) it.registry.ensure(name);
  it.given.length = 0;
  it.clock.stepMs = 1;
  const all = (server: string) => planned(Object.fromEntries(names.map((name) => [name, server])));
  it.assignments.take(all('s1'), S1_S2);
  const first = it.given.length;
  assert.ok(first > 0 && first <= 21, `${first} in the first turn`);
  it.assignments.take(all('s2'), S1_S2);
  for (let turn = 0; turn < 30; turn += 1) {
    const before = it.given.length;
    it.timers.shift()?.();
    assert.ok(it.given.length - before <= 21);
  }
  assert.ok(names.every((name) => it.of(name)?.heir === 's2'));
  assert.is(it.given.length, first + names.length, 'the rest of the older plan is given to none');
  it.assignments.take(all('s1'), S1_S2);
  it.assignments.sessionEnded();
  for (let turn = 0; turn < 30; turn += 1) it.timers.shift()?.();
  assert.ok(names.every((name) => it.of(name)?.why === 's1 has not planned since it was fenced'));
  it.assignments.sessionEnded();
  it.assignments.take(all('s1'), S1_S2);
  for (let turn = 0; turn < 30; turn += 1) it.timers.shift()?.();
  assert.ok(
    names.every((name) => it.of(name)?.mine),
    'the plan of the next session is not undone by what was still to be told of the last one',
  );
});

test.run();
