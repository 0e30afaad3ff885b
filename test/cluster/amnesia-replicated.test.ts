import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/amnesia-replicated', { deadlineMs: 280_000 });
/** As with one node, and the cluster's first elections. */
const WHOLE_AGAIN_MS = 100_000;

test('all three nodes come back with empty stores: streams of files are captured again, no camera is pulled twice', () =>
  withHerd(
    { natsNodes: 3, cameras: 6, inFileOf: { cam1: 's1', cam2: 's2', cam3: 's3', cam4: 's1', cam5: 's2' } },
    async (herd) => {
      const kept = ['cam1', 'cam2', 'cam3', 'cam4', 'cam5'];
      const { nodes = [], ready } = herd.cluster ?? {};
      await herd.cameras.resetCounts();
      await Promise.all(nodes.map((node) => node.kill('SIGKILL')));
      await Promise.all(nodes.map((node) => node.loseStore()));
      await Promise.all(nodes.map((node) => node.restart()));
      await ready?.();

      await eventually('a server has noticed', () => herd.bus.eventsOf('bus-amnesia').length > 0, {
        deadlineMs: WHOLE_AGAIN_MS,
      });
      await herd.whole(kept, WHOLE_AGAIN_MS);
      await eventually('a stream that only a client had published is pulled no more', async () => {
        const { cam6 } = await herd.cameras.counts();
        return cam6?.live === 0;
      });
      assert.equal(await herd.pulledTwice(), []);

      await herd.bus.put('cam6', { inputs: [herd.cameras.url('cam6')] });
      await herd.whole();
      await herd.server('s1').losePower();
      await herd.whole();
      assert.equal(await herd.pulledTwice(), [], 'a failover afterwards is one like any other');
    },
  ));

test.run();
