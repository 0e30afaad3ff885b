import * as assert from 'uvu/assert';
import { nameOfForm } from '../../../src/domain/definition/stream-name.ts';
import { Counts } from '../../../src/domain/tally.ts';
import { DEFAULT_TIMES } from '../../../src/domain/times.ts';
import { StreamRegistry } from '../../../src/herd/capturing/stream-registry.ts';
import { type Clock, PROCESS_CLOCK } from '../../../src/host/clock.ts';
import type { FfmpegInput } from '../../../src/machines/capture-contract.ts';
import type { StreamEmission } from '../../../src/machines/stream-contract.ts';
import { eventually } from '../../support/eventually.ts';
import { memoryWorld } from '../../support/memory-store.ts';
import { streamName } from '../../support/stream-names.ts';
import { DEFINITION, MINE, ownerSeen, SERVER, SESSION } from '../../support/stream-world.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/capturing/stream-registry');

const CAM = streamName('gates/cam1');

function world(highestNumber: () => number | undefined = () => undefined, clock?: Clock) {
  const owners = memoryWorld().open('owners');
  const alive: FfmpegInput[] = [];
  const started: string[] = [];
  const emitted: StreamEmission[] = [];
  const snapshots: string[] = [];
  const registry = new StreamRegistry({
    server: SERVER,
    owners,
    tally: new Counts(),
    ffmpeg: ({ input, sendBack, receive }) => {
      alive.push(input);
      started.push(input.stream);
      sendBack({ type: 'ffmpeg.started', pid: 1 });
      const gone = () => {
        if (alive.includes(input)) alive.splice(alive.indexOf(input), 1);
      };
      receive(() => {
        gone();
        sendBack({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'it was stopped' } });
      });
      return gone;
    },
    liveFolder: '/data/live',
    segmentMs: 2000,
    times: DEFAULT_TIMES,
    highestNumber,
    soundOf: () => undefined,
    pushesOf: () => [],
    discontinuities: () => undefined,
    rosterRevision: () => 7,
    onEmission: (_, emission) => emitted.push(emission),
    onSnapshot: (name, snapshot) => snapshots.push(`${name} ${snapshot.status}`),
    clock,
  });
  owners.watch((change) => {
    const name = change.type === 'entry' ? nameOfForm(change.entry.key) : undefined;
    if (change.type === 'entry' && name !== undefined) registry.send(name, ownerSeen(change.entry));
  });
  return { owners, alive, started, emitted, snapshots, registry, [Symbol.dispose]: () => registry.stop() };
}

/** The stream is defined, and this server's by plan and standing. */
function wanted({ registry }: ReturnType<typeof world>, name = CAM, assignment = MINE): void {
  registry.ensure(name);
  registry.send(name, { type: 'definition.changed', definition: DEFINITION });
  registry.send(name, { type: 'standing.gained', session: SESSION });
  registry.send(name, { type: 'assignment.changed', assignment });
}

test('a stream that is wanted is claimed in the bucket and captured under that epoch, in a folder of its own', async () => {
  using it = world();
  wanted(it);
  const run = await eventually('ffmpeg runs', () => it.alive[0]);
  const entry = await it.owners.read('gates/cam1');
  assert.equal([run.epoch, run.folder], [entry?.revision, '/data/live/gates=2Fcam1']);
  const { session, rosterRevision } = JSON.parse(entry?.text ?? '');
  assert.equal([session, rosterRevision], [SESSION, 7]);
});

test('a stream that is ensured again keeps its actor, and with it its capture', async () => {
  using it = world();
  wanted(it);
  await eventually('ffmpeg runs', () => it.alive[0]);
  it.registry.ensure(CAM);
  assert.equal([it.registry.size, it.registry.snapshot(CAM)?.matches('capturing')], [1, true]);
});

test('a stream that is still captured is not let go; a stream that is gone is let go, and then hears nothing more', async () => {
  using it = world();
  wanted(it);
  await eventually('ffmpeg runs', () => it.alive[0]);
  assert.is(it.registry.dropIfStopped(CAM), false);
  it.registry.send(CAM, { type: 'definition.changed', definition: null });
  assert.is(it.registry.dropIfStopped(CAM), false, 'its key names this session');
  await eventually('its key is removed', async () => (await it.owners.read('gates/cam1'))?.text === null);
  await eventually('the stream is let go', () => it.registry.dropIfStopped(CAM));
  const said = it.snapshots.length;
  it.registry.standingLost('a test');
  assert.equal([it.registry.has(CAM), it.registry.size, it.snapshots.length - said], [false, 0, 0]);
});

test('the end of the registry is the end of every ffmpeg', async () => {
  using it = world();
  wanted(it);
  await eventually('ffmpeg runs', () => it.alive[0]);
  it.registry.stop();
  assert.equal([it.alive, it.registry.size], [[], 0]);
});

/** Every look at it takes a millisecond, so that a turn's 20 ms are over after 20 streams. */
function slowClock() {
  const turns: (() => void)[] = [];
  const clock: Clock = {
    ...PROCESS_CLOCK,
    now: () => {
      slow.nowMs += 1;
      return slow.nowMs;
    },
    setTimeout: (run, ms) => (ms > 0 ? PROCESS_CLOCK.setTimeout(run, ms) : turns.push(run)),
  };
  const slow = {
    clock,
    nowMs: 0,
    /** @returns whether there was one. */
    turn: () => {
      const run = turns.shift();
      run?.();
      return run !== undefined;
    },
  };
  return slow;
}

test('when standing is lost every ffmpeg is killed in the same turn of the event loop, and the actors are told in short turns', async () => {
  const slow = slowClock();
  using it = world(undefined, slow.clock);
  const names = Array.from({ length: 100 }, (_, index) => streamName(`many${index}`));
  for (const name of names) wanted(it, name);
  await eventually('all are captured', () => it.alive.length === names.length);
  const told = () => names.filter((name) => it.registry.snapshot(name)?.context.session === null).length;
  const late = names.at(-1) ?? CAM;

  it.registry.standingLost('a test');
  assert.is(it.alive.length, 0, 'all are dead before standingLost returns');
  assert.ok(told() < 25, `${told()} were told in the same turn`);
  assert.is(
    it.registry.snapshot(late)?.matches('capturing'),
    true,
    'the end of its ffmpeg is heard when it has been told',
  );
  for (let before = told(); slow.turn(); before = told()) assert.ok(told() - before < 25);
  assert.is(told(), names.length);
  assert.ok(names.every((name) => it.registry.snapshot(name)?.matches('idle')));
  const kinds = new Set(it.emitted.map((emission) => (emission.type === 'fact' ? emission.kind : emission.type)));
  assert.equal(kinds, new Set(['stream-claimed', 'stream-stopped']), 'no source has failed');
});

test('an actor that has not been told yet that standing was lost neither claims nor starts anything', async () => {
  const slow = slowClock();
  using it = world(undefined, slow.clock);
  for (let index = 0; index < 50; index += 1) it.registry.ensure(streamName(`many${index}`));
  const [late, asking] = [streamName('late'), streamName('asking')];
  wanted(it, late, { ...MINE, mine: false });
  wanted(it, asking);

  it.registry.standingLost('a test');
  it.registry.standingGained('the next');
  it.registry.send(late, { type: 'assignment.changed', assignment: MINE });
  await eventually('an answer that comes late is heard', () => it.registry.snapshot(asking)?.matches('capturing'));
  assert.is(it.registry.snapshot(asking)?.context.session, SESSION, 'it has not been told');
  assert.equal(it.started, [], 'and starts nothing');
  assert.is(await it.owners.read('late'), undefined, 'what would claim now does not');
  while (slow.turn());
  await eventually('the next session claims', async () => (await it.owners.read('late'))?.text?.includes('the next'));
  await eventually('and captures', () => it.started.includes(late));
});

test('a machine that breaks is told, because an ffmpeg may have been left', async () => {
  using it = world(() => {
    throw new Error('a bug');
  });
  wanted(it);
  const broken = await eventually('it is told', () => it.emitted.find(({ type }) => type === 'broken'));
  assert.match(broken.type === 'broken' ? broken.why : '', 'gates/cam1');
});

test.run();
