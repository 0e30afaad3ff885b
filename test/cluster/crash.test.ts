import * as assert from 'uvu/assert';
import type { Pull } from '../../src/demo/cameras/camera.ts';
import { eventually } from '../support/eventually.ts';
import { herdSuite } from '../support/herd-suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** The longest time between two pulls of one camera. Far less than E, after which peers evict a silent session: the peers act on the obituary. */
const GAP_MS = 2000;
const TIMING = { evict: '20s', evict_slow: '40s', fence_slow: '20s', return_after: '250ms' };
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
