import * as assert from 'uvu/assert';
import { fromCallback } from 'xstate';
import { Counts } from '../../src/domain/tally.ts';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { StreamRegistry } from '../../src/herd/stream-registry.ts';
import type { FfmpegCommand, FfmpegInput } from '../../src/machines/capture-contract.ts';
import type { StreamEmission } from '../../src/machines/stream-contract.ts';
import { memoryWorld } from '../../src/nats/memory-store.ts';
import { eventually } from '../support/eventually.ts';
import { streamName } from '../support/stream-names.ts';
import { DEFINITION, MINE, SERVER, SESSION } from '../support/stream-world.ts';
import { suite } from '../support/suite.ts';

const test = suite('herd/stream-registry');

const CAM = streamName('gates/cam1');

function world(highestNumber: () => number | undefined = () => undefined) {
  const owners = memoryWorld().open('owners');
  const alive: FfmpegInput[] = [];
  const emitted: StreamEmission[] = [];
  const snapshots: string[] = [];
  const registry = new StreamRegistry({
    server: SERVER,
    owners,
    tally: new Counts(),
    ffmpeg: fromCallback<FfmpegCommand, FfmpegInput>(({ input, sendBack, receive }) => {
      alive.push(input);
      const gone = () => {
        if (alive.includes(input)) alive.splice(alive.indexOf(input), 1);
      };
      receive(() => {
        gone();
        sendBack({ type: 'ffmpeg.exited', failure: { kind: 'ended', message: 'it was stopped' } });
      });
      return gone;
    }),
    liveFolder: '/data/live',
    segmentMs: 2000,
    times: DEFAULT_TIMES,
    highestNumber,
    discontinuities: () => undefined,
    rosterRevision: () => 7,
    onEmission: (_, emission) => emitted.push(emission),
    onSnapshot: (name, snapshot) => snapshots.push(`${name} ${snapshot.status}`),
  });
  return { owners, alive, emitted, snapshots, registry, [Symbol.dispose]: () => registry.stop() };
}

/** The stream is defined, and this server's by plan and standing. */
function wanted({ registry }: ReturnType<typeof world>): void {
  registry.ensure(CAM);
  registry.send(CAM, { type: 'definition.changed', definition: DEFINITION });
  registry.send(CAM, { type: 'standing.gained', session: SESSION });
  registry.send(CAM, { type: 'assignment.changed', assignment: MINE });
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

test('what is still captured is not let go of; what is gone is, and then hears nothing more', async () => {
  using it = world();
  wanted(it);
  await eventually('ffmpeg runs', () => it.alive[0]);
  assert.is(it.registry.dropIfStopped(CAM), false);
  it.registry.send(CAM, { type: 'definition.changed', definition: null });
  assert.is(it.registry.dropIfStopped(CAM), false, 'its key names this session');
  await eventually('its key is removed', async () => (await it.owners.read('gates/cam1'))?.text === null);
  await eventually('it is let go of', () => it.registry.dropIfStopped(CAM));
  const said = it.snapshots.length;
  it.registry.sendAll({ type: 'standing.lost', why: 'a test' });
  assert.equal([it.registry.has(CAM), it.registry.size, it.snapshots.length - said], [false, 0, 0]);
});

test('the end of the registry is the end of every ffmpeg', async () => {
  using it = world();
  wanted(it);
  await eventually('ffmpeg runs', () => it.alive[0]);
  it.registry.stop();
  assert.equal([it.alive, it.registry.size], [[], 0]);
});

test('a machine that breaks is told of, for an ffmpeg may have been left', async () => {
  using it = world(() => {
    throw new Error('a bug');
  });
  wanted(it);
  const broken = await eventually('it is told', () => it.emitted.find(({ type }) => type === 'broken'));
  assert.match(broken.type === 'broken' ? broken.why : '', 'gates/cam1');
});

test.run();
