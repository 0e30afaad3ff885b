import * as assert from 'uvu/assert';
import type { Told } from '../../../src/domain/herd-event.ts';
import { NotUnderstood } from '../../../src/herd/view/not-understood.ts';
import { eventually } from '../../support/eventually.ts';
import { HerdRoom, RoomWorld } from '../../support/herd-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/view/not-understood');

function noted() {
  const told: Told[] = [];
  const clock = { nowMs: 0 };
  const notes = new NotUnderstood({ tell: (it) => told.push(it) }, { now: () => clock.nowMs });
  return { told, clock, notes };
}

const BEAT = { what: 'a beat', from: 's2', why: 'v: expected 1' } as const;

test('the same problem is told once in ten minutes, another one at once', () => {
  const { told, clock, notes } = noted();
  for (clock.nowMs = 0; clock.nowMs < 600_000; clock.nowMs += 250) notes.note(BEAT);
  notes.note({ ...BEAT, from: 's3' });
  notes.note({ ...BEAT, why: 'sequence: expected an integer from 1' });
  notes.note({ ...BEAT, what: 'the owner', stream: 'cam1' });
  assert.equal(
    told.map(({ subject, stream, why }) => [subject, stream, why]),
    [
      ['s2', undefined, 'a beat is not understood here: v: expected 1'],
      ['s3', undefined, 'a beat is not understood here: v: expected 1'],
      ['s2', undefined, 'a beat is not understood here: sequence: expected an integer from 1'],
      ['s2', 'cam1', 'the owner is not understood here: v: expected 1'],
    ],
  );
  clock.nowMs += 600_000;
  notes.note(BEAT);
  assert.is(told.length, 5);
});

test('invented servers fill no log: of 10,000 problems 32 are told in ten minutes', () => {
  const { told, clock, notes } = noted();
  for (let index = 0; index < 10_000; index += 1) notes.note({ ...BEAT, from: `s${index}` });
  assert.is(told.length, 32);
  clock.nowMs += 600_000;
  for (let index = 0; index < 10_000; index += 1) notes.note({ ...BEAT, from: `s${index}` });
  assert.is(told.length, 64);
});

test('a stream whose owner’s record this version does not fully understand stays with its owner, and that is told once', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  const newer = (more: object) =>
    world.put('servers', 's2', { server: 's2', session: 's2-1', state: 'musing', ...more });
  await newer({});
  await world.put('streams', 'cam1', { url: 'test:' });
  await world.put('owners', 'cam1', { session: 's2-1', boss: 's2' });
  await s1.join();
  await newer({ renewal: 2 });
  await world.put('streams', 'cam2', { url: 'test:' });
  await eventually('s1 has the vacant stream', () => s1.places.get('cam2')?.at === 'here');
  assert.is(s1.stateOf('cam1'), 'idle');
  assert.is(s1.herd.views.liveOwner(streamName('cam1'))?.session, 's2-1');
  assert.equal(s1.places.get('cam1'), { at: 'nowhere', why: 'its owner ? is not known here yet' });
  const told = s1.events.filter(({ kind }) => kind === 'not-understood');
  assert.equal(
    told.map(({ subject, stream }) => subject ?? stream),
    ['s2', 'cam1'],
  );
  await world.put('servers', 's2', { server: 's2', session: 's2-1', state: 'down' });
  await eventually('the owner’s end is seen, and s1 takes over', () => s1.places.get('cam1')?.at === 'here');
  assert.equal(world.twice, []);
});

test.run();
