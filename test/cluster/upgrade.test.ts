import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { unpackRelease } from '../support/earlier-release.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { recorded } from '../support/recording.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/upgrade', { deadlineMs: 180_000 });
/** This test attacks the mixture of versions. A machine that is overloaded for a second or two should not fence a server as well. */
const UNHURRIED = { fence: '4s', evict: '5s', return_after: '250ms' };
/** Segments of 1 s: longer than the fence, so that no session stands by the bus any more. */
const OUTAGE_SEGMENTS = 5;
const AT_HOME = { cam1: 's1', cam2: 's2', cam3: 's3' };

/** Ends a server, starts `mainFile` in its place, and waits until its streams are back. No other capture may end meanwhile. */
async function exchange(herd: TestHerd, name: string, mainFile?: string): Promise<void> {
  await herd.cameras.resetCounts();
  const server = herd.server(name);
  server.kill('SIGTERM');
  await server.ended();
  await server.start(mainFile);
  const home = () => herd.streams().then((streams) => streams.every((it) => it.server === it.captureAt));
  await eventually(`the streams of ${name} are back`, home, { deadlineMs: 60_000 });
  await herd.whole();
  const counts = Object.entries(await herd.cameras.counts());
  assert.equal(
    counts.map(([camera, { total, peak }]) => [camera, total, peak]),
    Object.entries(AT_HOME).map(([camera, at]) => [camera, at === name ? 3 : 1, 1]),
    `as ${name} is exchanged its streams go and come back, and no other is touched`,
  );
}

test('a herd of the last release is upgraded server by server, and begins to go back: no capture ends because of it, and no camera is pulled twice', async () => {
  await using folder = await tempFolder();
  const earlier = await unpackRelease('0.1.0', join(folder.path, 'earlier'));
  await withHerd({ timing: UNHURRIED, cameras: 3, captureAt: AT_HOME, mainFile: earlier }, async (herd) => {
    await exchange(herd, 's1');
    await herd.cameras.resetCounts();
    await herd.nats.kill('SIGKILL');
    await recorded(herd, herd.names, OUTAGE_SEGMENTS);
    await herd.nats.restart();
    await herd.whole();
    const counts = Object.values(await herd.cameras.counts());
    assert.ok(
      counts.every(({ total, peak }) => total === 1 && peak === 1),
      'both releases hear the beats of the other while NATS is away',
    );
    await exchange(herd, 's2');
    await exchange(herd, 's3');
    assert.equal(herd.bus.eventsOf('not-understood'), []);
    // From here on the herd goes back to the last release, through the same mixtures of versions.
    await exchange(herd, 's1', earlier);
  });
});

test.run();
