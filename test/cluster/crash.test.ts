import * as assert from 'uvu/assert';
import type { Pull } from '../../src/demo/cameras/camera.ts';
import { eventually } from '../support/eventually.ts';
import { commandLines } from '../support/ffmpeg-actor.ts';
import { herdSuite } from '../support/herd-suite.ts';
import { freePort, muteReceiver, realReceiver, relayTo } from '../support/push-receiver.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** The longest time between two pulls of one camera. Far less than E, after which peers evict a silent session: the peers act on the obituary. */
const GAP_MS = 2000;
const TIMING = { evict: '20s', evict_slow: '40s', fence_slow: '20s', return_after: '250ms' };
const SLOW = { deadlineMs: 30_000 };
const KEY = 's3cret-str3am-key';
const test = herdSuite('cluster/crash', { cameras: 6, timing: TIMING });

/** The last two pulls of a camera, once the later one is another server's. */
async function handover(herd: TestHerd, camera: string): Promise<{ readonly old: Pull; readonly next: Pull }> {
  return eventually(`${camera} is pulled anew`, async () => {
    const [old, next] = (await herd.cameras.pulls()).filter((pull) => pull.camera === camera);
    return old !== undefined && next !== undefined && { old, next };
  });
}

async function assertTakenOver(herd: TestHerd, cameras: readonly string[]): Promise<void> {
  for (const camera of cameras) {
    const { old, next } = await handover(herd, camera);
    const gapMs = next.openedAtMs - (old.closedAtMs ?? Number.POSITIVE_INFINITY);
    assert.ok(gapMs >= 0 && gapMs < GAP_MS, `${camera}: ${gapMs} ms between its pulls`);
  }
}

test('a server process is killed: its streams are live on other servers at once, and the server is started again', async (herd) => {
  const victim = herd.server('s2');
  const moved = (await herd.byServer()).get('s2') ?? [];
  assert.is(moved.length, 2);
  await herd.cameras.resetCounts();
  const pid = victim.serverPid;
  victim.killServer('SIGKILL');
  await assertTakenOver(herd, moved);
  await eventually('another server process is ready', async () => {
    if (victim.serverPid === pid) return false;
    return (await victim.servers()).every(({ state }) => state === 'up');
  });
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
  assert.equal(herd.bus.eventsOf('server-evicted'), [], 'no server had to wait until it counted as silent');
});

test('a stream is pushed by its owner alone, also after a kill and a move; receivers that fail touch no capture; no key is seen', async (herd) => {
  const port = await freePort();
  await using relay = await relayTo(port);
  await using mute = await muteReceiver();
  await using receiver = realReceiver(`rtmp://127.0.0.1:${port}/live`, { listensAgain: true });
  const owner = await herd.ownerOf('cam1');
  const push = [relay.port, mute.port, await freePort()].map((to) => `rtmp://127.0.0.1:${to}/live/${KEY}`);
  await herd.cameras.resetCounts();
  await herd.bus.put('cam1', { inputs: [herd.cameras.url('cam1')], push });
  await eventually('pictures arrive', () => receiver.frames >= 10);
  const refused = () => herd.bus.eventsOf('push-failed', 'cam1').find(({ why }) => /refuses the connection/.test(why));
  await eventually('a receiver that refuses is told', refused);
  await eventually('each push has a state', async () => {
    const states = ((await herd.stream('cam1')).pushes ?? []).map(({ state }) => state);
    return states[0] === 'pushing' && states[2] === 'failing';
  });
  assert.is((await herd.cameras.counts()).cam1?.total, 1, 'its capture goes on');
  const { log } = herd.server(owner);

  const started = () => herd.bus.eventsOf('push-started', 'cam1');
  const [session] = started().map((event) => event.session);
  herd.server(owner).killServer('SIGKILL');
  await eventually('another session pushes', () => started().some((event) => event.session !== session), SLOW);
  await herd.whole();
  const before = receiver.frames;
  await eventually('pictures arrive again', () => receiver.frames > before + 10, SLOW);
  const next = herd.servers.find(({ name }) => name !== owner)?.name ?? '';
  await herd.move('cam1', next);
  await eventually('the server that it moved to pushes', () => started().some(({ server }) => server === next), SLOW);
  assert.is(relay.most, 1, 'never two at once');
  const seen = [
    log,
    ...herd.servers.map((server) => server.log),
    JSON.stringify(herd.bus.events),
    await commandLines(),
  ];
  assert.not.match(seen.join('\n') + JSON.stringify(await herd.streams()), KEY);
  await herd.whole();
});

test('a server process is frozen: its pulls end before those of the others begin', async (herd) => {
  const victim = herd.server('s1');
  const moved = (await herd.byServer()).get('s1') ?? [];
  await herd.cameras.resetCounts();
  victim.killServer('SIGSTOP');
  await assertTakenOver(herd, moved);
  await eventually('it is back', async () => (await victim.servers()).every(({ state }) => state === 'up'));
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
  assert.equal(herd.bus.eventsOf('server-evicted'), []);
});

test.run();
