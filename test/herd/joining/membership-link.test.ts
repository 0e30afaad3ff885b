import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.ts';
import { RoomWorld } from '../../support/herd-room.ts';
import { LinkedRoom } from '../../support/linked-room.ts';
import { streamName } from '../../support/stream-names.ts';
import { suite } from '../../support/suite.ts';

const test = suite('herd/joining/membership-link');

const CAM = streamName('cam1');
const URL = { url: 'test:' };

/** A server that stands and captures cam1. */
async function capturing(world: RoomWorld, s1: LinkedRoom) {
  await world.put('streams', 'cam1', URL);
  const session = await s1.stand();
  await eventually('cam1 is live', () => s1.room.herd.views.status(CAM)?.state === 'live');
  return session;
}

const ownerOf = async (world: RoomWorld) => (await world.read('owners', 'cam1'))?.text ?? '';

test('standing gained: the warden is told before any capture starts, then vacant streams are captured', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  await capturing(world, s1);
  assert.is(s1.link.stands, true);
  assert.equal(s1.changes, ['stands, busy: 0']);
  assert.is(s1.room.kinds()[0], 'server-joined');
  assert.match(await ownerOf(world), /"session":"s1-1","rosterRevision":1/);
});

test('standing lost: captures are killed in that turn; the next session begins when they are dead, and captures again', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  const session = await capturing(world, s1);
  world.lingers.set('cam1', 'until released');
  session.tell({ type: 'standing.lost', why: 'no peer vouches' });
  assert.is(s1.link.stands, false);
  assert.ok(world.killed.has('cam1'));
  await world.put('streams', 'cam2', URL);
  await eventually('cam2 is known, and not claimed', () => s1.room.stateOf('cam2') === 'idle');
  assert.equal([s1.sessions.length, s1.changes.length], [1, 1], 'an ffmpeg of the first session is alive');

  world.lingers.clear();
  const next = await s1.session(2);
  assert.equal(next.beganBeside, []);
  assert.equal(s1.changes.slice(1), ['fenced, busy: 0'], 'from now on there is no lease');
  const fenced = s1.room.events.find(({ kind }) => kind === 'server-fenced');
  assert.equal([fenced?.session, fenced?.why], ['s1-1', 'no peer vouches']);
  await s1.stand(2);
  await eventually('cam1 is captured again', async () => /"session":"s1-2"/.test(await ownerOf(world)));
  assert.equal(world.twice, []);
});

test('a fence from outside ends the session as well', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  await capturing(world, s1);
  s1.link.fence('the bus lost data');
  assert.is(s1.link.stands, false);
  await s1.session(2);
  assert.is(s1.room.events.find(({ kind }) => kind === 'server-fenced')?.why, 'the bus lost data');
});

test('the view is stale while peers alone vouch, and no longer than the session that they vouch for', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  const { staleness } = s1.room.herd;
  const session = await s1.stand(1, 'b');
  assert.is(staleness.now?.why, 'a test says so', 'a session may begin so');
  session.tell({ type: 'standing.changed', rule: 'a', why: 'the bus acknowledges' });
  assert.is(staleness.now, undefined);
  session.tell({ type: 'standing.changed', rule: 'b', why: 'all vouch' });
  session.tell({ type: 'standing.changed', rule: 'c', why: 'all but one vouch' });
  assert.is(staleness.now?.why, 'all vouch', 'since the first');
  session.tell({ type: 'standing.lost', why: 'no peer vouches' });
  assert.is(staleness.now, undefined);
});

test('a drain reaches the session, and after a fence the next session', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  const session = await s1.stand();
  s1.link.drain(true);
  s1.link.drain(false);
  s1.link.drain(true);
  assert.equal(
    session.told.map((command) => command.type === 'session.drain' && command.draining),
    [true, false, true],
  );
  assert.equal(s1.room.kinds().slice(1), ['server-draining', 'server-undrained', 'server-draining']);
  session.tell({ type: 'standing.lost', why: 'a test' });
  assert.equal([session.draining, (await s1.session(2)).draining], [false, true]);
});

test('a server that leaves hands back what it captures, and leaves the roster only then', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  const session = await capturing(world, s1);
  world.lingers.set('cam1', 'until released');
  s1.link.leave();
  await world.server('s1', 's1-1', { state: 'draining' });
  await eventually('it is being handed back', () => s1.room.herd.views.status(CAM)?.state === 'handing-back');
  assert.equal(session.told, [{ type: 'session.drain', draining: true }]);
  world.lingers.clear();
  await eventually('it leaves', () => session.told.at(-1)?.type === 'session.leave');
  assert.match(await ownerOf(world), /"server":null/);
  session.tell({ type: 'session.left', why: 'it was told to' });
  assert.equal(await s1.link.ended, { ended: 'left', why: 'it was told to' });
  assert.is(s1.room.kinds().at(-1), 'server-left');
  assert.equal([s1.link.stands, s1.changes.at(-1)], [false, 'fenced, busy: 0']);
});

test('a server that is told twice to leave kills the captures that do not end, and leaves', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1');
  const session = await capturing(world, s1);
  world.lingers.set('cam1', 'until killed');
  s1.link.leave();
  await world.server('s1', 's1-1', { state: 'draining' });
  await eventually('it is being handed back', () => s1.room.herd.views.status(CAM)?.state === 'handing-back');
  s1.link.leave();
  await eventually('it leaves', () => session.told.at(-1)?.type === 'session.leave');
  assert.not(world.captures.has('cam1'));
  assert.match(await ownerOf(world), /"session":"s1-1"/, 'vacant once its session is off the roster, not before');
});

test('a server that is fenced while it leaves does not wait for a bus that is away', async () => {
  const held: (() => void)[] = [];
  let isAway = false;
  const world = new RoomWorld({ schedule: (deliver) => (isAway ? held.push(deliver) : queueMicrotask(deliver)) });
  await using s1 = new LinkedRoom(world, 's1');
  const session = await s1.stand();
  isAway = true;
  s1.link.leave();
  await eventually('it leaves', () => session.told.at(-1)?.type === 'session.leave');
  session.tell({ type: 'standing.lost', why: 'no peer vouches' });
  assert.equal(await s1.link.ended, { ended: 'left', why: 'no peer vouches' });
});

test('a server whose name another holds is refused, with the reason', async () => {
  await using s1 = new LinkedRoom(new RoomWorld(), 's1');
  s1.link.start();
  (await s1.session()).tell({ type: 'join.refused', why: 's1 is held by a living session on host b' });
  assert.equal(await s1.link.ended, { ended: 'refused', why: 's1 is held by a living session on host b' });
});

test('a server that was drained when it last ran begins drained, and says so once', async () => {
  const world = new RoomWorld();
  await using s1 = new LinkedRoom(world, 's1', { draining: true });
  const session = await s1.stand();
  assert.is(session.draining, true);
  const said = () => s1.room.events.filter(({ kind }) => kind === 'server-draining').map(({ why }) => why);
  const why = 'it was drained before it was started again: it takes no streams until it is undrained';
  assert.equal(said(), [why]);
  session.tell({ type: 'standing.lost', why: 'no peer vouches' });
  assert.is((await s1.stand(2)).draining, true);
  assert.equal(said(), [why]);
  s1.link.drain(false);
  assert.equal(s1.sessions[1]?.told, [{ type: 'session.drain', draining: false }]);
});

test.run();
