import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { HerdRoom, RoomWorld } from '../support/herd-room.ts';
import { streamName } from '../support/stream-names.ts';
import { suite } from '../support/suite.ts';

const test = suite('herd/herd');

const CAM = streamName('cam1');
const URL = { url: 'test:' };
const owned = (server: string, session: string) => ({
  ...{ server, session, rosterRevision: 1, since: '2026-11-22T06:00:00Z', why: 'a test' },
});
const vacated = (more: object = {}) => ({ server: null, session: null, since: '', why: 'a test', ...more });

test('a stream that is defined is claimed, captured, shown to viewers and told', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await using s2 = new HerdRoom(world, 's2');
  await Promise.all([s1.join(), s2.join()]);
  await world.put('streams', 'cam1', URL);
  const owner = await eventually('it is live for both', () => {
    const statuses = [s1, s2].map(({ herd }) => herd.views.status(CAM));
    return statuses.every((status) => status?.state === 'live') && statuses[0]?.server;
  });
  const [here, there] = owner === 's1' ? [s1, s2] : [s2, s1];
  assert.is(here.places.get('cam1')?.at, 'here');
  assert.is(there.places.get('cam1')?.at, 'elsewhere');
  assert.equal(here.kinds('cam1'), [
    ...(owner === 's1' ? ['definition-changed'] : []),
    'stream-claimed',
    'stream-live',
  ]);
  assert.is(s1.events.find(({ kind }) => kind === 'stream-claimed')?.session ?? 's1-1', 's1-1');
  assert.equal(world.twice, []);
});

test('a stream goes to the other server when its owner leaves the roster, and never before', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await world.server('s2', 's2-1');
  await world.put('streams', 'cam1', URL);
  await world.put('owners', 'cam1', owned('s2', 's2-1'));
  await s1.join();
  await eventually('the plan is made', () => s1.herd.rounds.input().owners.get('cam1') === 's2');
  assert.is(s1.places.get('cam1')?.at, 'elsewhere');
  await world.server('s2', 's2-1', { state: 'down' });
  await eventually('s1 has it', () => s1.places.get('cam1')?.at === 'here');
});

test('definitions from before this server’s start make no events; a removal and a refusal do', async () => {
  const world = new RoomWorld();
  await world.server('s1', 's1-0');
  await world.put('streams', 'cam1', URL);
  await world.put('streams', 'cam2', URL);
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  assert.equal(
    s1.kinds().filter((kind) => kind.startsWith('definition-')),
    [],
  );
  await world.put('streams', 'cam2', { url: 7 });
  await world.put('streams', 'cam1', null);
  await eventually('both are told', () => s1.kinds().includes('definition-removed'));
  assert.equal(
    s1.kinds().filter((kind) => kind.startsWith('definition-')),
    ['definition-refused', 'definition-removed'],
  );
  await eventually(
    'cam2 is captured as it was before',
    () => s1.herd.views.status(streamName('cam2'))?.state === 'live',
  );
  assert.match(s1.herd.views.status(streamName('cam2'))?.refused ?? '', /url/);
});

test('a removed stream is given up, its key removed, and nothing of it is kept', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.put('streams', 'cam1', URL);
  await eventually('it is captured', () => s1.stateOf('cam1') === 'capturing');
  await world.put('streams', 'cam1', null);
  await eventually('it is gone', () => !s1.herd.registry.has(CAM));
  assert.is((await world.read('owners', 'cam1'))?.text, null);
  assert.not(s1.places.has('cam1'));
  assert.equal(s1.segments, [], 'its last segment is of no stream that viewers could ask for');
  assert.equal([...s1.herd.captures.busy], []);
});

test('a stream that is removed and defined again at once is captured again, and never twice at the same time', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.put('streams', 'cam1', URL);
  for (let round = 0; round < 5; round++) {
    await eventually('it is captured', () => s1.herd.views.status(CAM)?.state === 'live');
    const epoch = s1.herd.views.status(CAM)?.epoch ?? 0;
    await world.put('streams', 'cam1', null);
    await world.put('streams', 'cam1', { url: `test:${round}` });
    await eventually('it has a new capture', () => {
      const status = s1.herd.views.status(CAM);
      return status?.state === 'live' && (status.epoch ?? 0) >= epoch && world.captures.get('cam1') === 's1';
    });
  }
  assert.equal(world.twice, []);
  assert.is(s1.herd.registry.size, 1);
});

test('viewers are told why a stream is nowhere as soon as the plan knows', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.server('s1', 's1-1', { state: 'draining' });
  await world.put('streams', 'cam1', URL);
  const why = () => {
    const place = s1.places.get('cam1');
    return place?.at === 'nowhere' ? place.why : undefined;
  };
  await eventually('the reason of the plan', () => why() === 'there is no server that may take it: s1 is draining');
  await world.put('streams', 'cam1', { ...URL, disabled: true });
  await eventually('the reason of the definition', () => why() === 'it is disabled');
});

test('the key of a stream that was removed while its owner was gone is removed, once', async () => {
  const removals: string[] = [];
  const world = new RoomWorld({
    fate: (view, question, key) => {
      if (question === 'remove' && view !== 'operator') removals.push(`${view} ${key}`);
      return 'answered';
    },
  });
  await world.put('owners', 'gone', owned('s9', 's9-1'));
  await world.put('owners', 'alive', owned('s2', 's2-1'));
  await world.server('s2', 's2-1');
  await using s1 = new HerdRoom(world, 's1');
  await using s2 = new HerdRoom(world, 's2');
  await s1.join();
  await s2.herd.filled();
  await eventually('it is removed', async () => (await world.read('owners', 'gone'))?.text === null);
  assert.equal(removals, ['s1 gone']);
  assert.ok(typeof (await world.read('owners', 'alive'))?.text === 'string');
});

test('when standing is lost every capture is killed, and its events name the session that lost standing', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.put('streams', 'cam1', URL);
  await eventually('it is captured', () => s1.herd.views.status(CAM)?.state === 'live');
  s1.herd.standingLost('a test');
  assert.is(s1.stateOf('cam1'), 'capturing', 'its ffmpeg still dies');
  s1.herd.tell({ kind: 'server-fenced', why: 'a test' });
  await s1.herd.captures.rested();
  assert.not(world.captures.has('cam1'));
  assert.equal(new Set(s1.events.map(({ session }) => session).slice(-2)), new Set(['s1-1']));
  await world.put('streams', 'cam2', URL);
  await eventually('it is known', () => s1.stateOf('cam2') === 'idle');
  assert.is(await world.read('owners', 'cam2'), undefined, 'nothing is claimed without standing');
});

test('a server that leaves claims nothing from that very moment', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await world.server('s2', 's2-1');
  await world.put('owners', 'cam1', owned('s2', 's2-1'));
  await world.put('streams', 'cam1', { ...URL, capture_at: 's1' });
  await s1.join();
  const assignment = () => s1.herd.registry.snapshot(CAM)?.context.assignment;
  await eventually('s1 is to have it as soon as s2 gives it up', () => assignment()?.mine);
  s1.herd.claimNoMore();
  await world.put('owners', 'cam1', vacated());
  await eventually('s1 has seen it', () => s1.herd.owners.get(CAM).record?.server === null);
  assert.is(s1.stateOf('cam1'), 'idle');
});

test('a server that leaves stops its streams also when no other server can take them', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.put('streams', 'cam1', URL);
  await eventually('it is captured', () => s1.stateOf('cam1') === 'capturing');
  await world.server('s1', 's1-1', { state: 'draining' });
  await eventually('the plan knows no other', () => s1.herd.rounds.input().servers[0]?.state === 'draining');
  assert.is(s1.stateOf('cam1'), 'capturing', 'a drained server keeps what no other may take');
  s1.herd.claimNoMore();
  await s1.herd.captures.rested();
  assert.is((await world.read('owners', 'cam1'))?.text?.includes('"server":null'), true);
});

test('a session that joined and ended unseen counts as ended; the leader is asked, and its answer is enough', async () => {
  const world = new RoomWorld();
  await world.put('streams', 'cam1', URL);
  await world.put('owners', 'cam1', owned('s2', 's2-unseen'));
  await world.server('s2', 's2-now');
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await eventually('its stream is vacant', () => s1.herd.views.liveOwner(CAM)?.session !== 's2-unseen');
});

test('a lost bucket `owners` ends the session; the revisions of the new bucket begin again', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.put('streams', 'cam1', URL);
  await eventually('it is captured', () => s1.stateOf('cam1') === 'capturing');
  world.memory.lose('owners');
  await eventually('the session is told to end', () => s1.ended.length > 0);
  assert.is(s1.herd.owners.get(CAM).revision, 0);
  s1.herd.standingLost('amnesia');
  await s1.herd.captures.rested();
  s1.herd.standingGained('s1-2', 1);
  s1.herd.rounds.open();
  await eventually('it is captured again', () => world.captures.get('cam1') === 's1');
  assert.equal(world.twice, []);
});

test('a server that goes down is forgotten by viewers and reports; one that comes back is known at its new address', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.server('s2', 's2-1');
  await world.put('streams', 'cam1', { ...URL, capture_at: 's2' });
  await world.put('owners', 'cam1', owned('s2', 's2-1'));
  await eventually('s2 has it', () => s1.places.get('cam1')?.at === 'elsewhere');
  assert.equal(s1.servers.map(({ name }) => name).sort(), ['s1', 's2']);
  await world.server('s2', 's2-1', { publicUrl: 'http://elsewhere' });
  await eventually('the new address', () => {
    const place = s1.places.get('cam1');
    return place?.at === 'elsewhere' && place.publicUrl === 'http://elsewhere';
  });
  await world.server('s2', 's2-1', { state: 'down' });
  await eventually('s2 is gone', () => s1.servers.length === 1);
});

test('a server that was fenced claims again what it had, and says so', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  await world.put('streams', 'cam1', URL);
  await eventually('captured', () => world.captures.get('cam1') === 's1');
  s1.herd.standingLost('a test');
  await eventually('killed', () => !world.captures.has('cam1'));
  await world.server('s1', 's1-2');
  await eventually('s1 sees itself', () => s1.herd.servers.isLive('s1-2'));
  s1.herd.standingGained('s1-2', 2);
  await eventually('captured', () => world.captures.get('cam1') === 's1');
  assert.match((await world.read('owners', 'cam1'))?.text ?? '', 's1 had it before it was fenced');
});

test('a stream that the planned server does not claim is claimed by another', async () => {
  const world = new RoomWorld();
  await world.server('s2', 's2-1');
  await using s1 = new HerdRoom(world, 's1');
  await s1.join();
  for (const name of ['cam1', 'cam2', 'cam3', 'cam4']) await world.put('streams', name, URL);
  await eventually('s1 has all', () => world.captures.size === 4);
  const whys = await Promise.all(['cam1', 'cam2', 'cam3', 'cam4'].map((name) => world.read('owners', name)));
  assert.is(whys.filter((it) => it?.text?.includes('no server has claimed it, though s2 should')).length, 2);
});

test('a session that counted as ended by a roster that the bus lost counts as alive again', async () => {
  const world = new RoomWorld();
  await using s1 = new HerdRoom(world, 's1');
  await s1.herd.filled();
  await world.server('s1', 's1-1');
  await world.put('streams', 'cam1', URL);
  await world.put('owners', 'cam1', owned('s2', 's2-9'));
  const isLive = () => s1.herd.registry.snapshot(CAM)?.context.owner.live;
  await eventually('it is not on the roster', () => isLive() === false);
  world.memory.lose('servers');
  await world.server('s2', 's2-9');
  await eventually('it is on the new one', () => s1.herd.servers.isLive('s2-9'));
  assert.is(isLive(), true);
});

test.run();
