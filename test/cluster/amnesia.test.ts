import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/amnesia', { deadlineMs: 140_000 });
/** 3 s until a bucket counts as gone, the herd's joining anew, and the starts of the captures. */
const WHOLE_AGAIN_MS = 30_000;

test('NATS comes back with an empty store: what files define is captured again, the rest is gone, nothing is pulled twice', () =>
  withHerd({ cameras: 6, inFileOf: { cam1: 's1', cam2: 's2', cam3: 's3', cam4: 's1' } }, async (herd) => {
    const kept = ['cam1', 'cam2', 'cam3', 'cam4'];
    const gone = ['cam5', 'cam6'];
    await herd.cameras.resetCounts();
    await herd.nats.kill('SIGKILL');
    await herd.nats.loseStore();
    await herd.nats.restart();

    await eventually('a server has noticed', () => herd.bus.eventsOf('bus-amnesia').length > 0);
    await herd.whole(kept, WHOLE_AGAIN_MS);
    await eventually('what only a client had published is pulled no more', async () => {
      const counts = await herd.cameras.counts();
      return gone.every((name) => counts[name]?.live === 0);
    });
    await eventually('and known to nobody', async () => {
      const views = await Promise.all(herd.servers.map((server) => server.streams()));
      return views.every((view) => view.map(({ name }) => name).join() === kept.join());
    });
    for (const name of gone) {
      await eventually(`it is said of ${name}`, () => herd.bus.eventsOf('definition-removed', name).length > 0);
    }
    for (const server of herd.servers) {
      assert.match(server.log, 'error NATS has lost data of the herd');
      assert.match(server.log, /error 2 streams are gone \(.*\): cam5, cam6/);
    }
    assert.equal(await herd.pulledTwice(), []);

    await herd.bus.put('cam5', { inputs: [herd.cameras.url('cam5')] });
    await herd.whole([...kept, 'cam5']);
    const [first] = herd.servers;
    await first?.losePower();
    await herd.whole([...kept, 'cam5']);
    assert.equal(await herd.pulledTwice(), [], 'a failover afterwards is one like any other');
  }));

test.run();
