import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { recorded } from '../support/recording.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/bus-outage', { deadlineMs: 140_000 });
/** What is attacked is the bus. A machine that is short of breath for a second or two should not fence a server as well. */
const UNHURRIED = { fence: '4s', evict: '5s' };
/** Of 1 s: longer than the fence, so that nobody stands by the bus any more. */
const OUTAGE_SEGMENTS = 5;

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`the only NATS server ends by ${signal} and is back five segments later: no capture ends, and the herd is whole again`, () =>
    withHerd({ timing: UNHURRIED, cameras: 6 }, async (herd) => {
      const before = await herd.streams();
      await herd.cameras.resetCounts();
      await herd.nats.kill(signal);
      await recorded(herd, herd.names, OUTAGE_SEGMENTS);
      const counts = await herd.cameras.counts();
      assert.ok(
        herd.names.every((name) => counts[name]?.live === 1 && counts[name]?.total === 1),
        'nothing was interrupted',
      );
      for (const server of herd.servers) assert.is((await server.streams()).length, 6, 'it answers from memory');
      await herd.nats.restart();

      await herd.whole();
      const after = await herd.streams();
      assert.equal(
        after.map(({ name, server, epoch }) => `${name} ${server} ${epoch}`),
        before.map(({ name, server, epoch }) => `${name} ${server} ${epoch}`),
        'everything is where it was',
      );
      // Whole: what needs the bus works again, on every server.
      await herd.bus.put('cam1', { inputs: [herd.cameras.url('cam1')], title: 'after the outage' });
      await eventually('every server has a definition of afterwards', async () => {
        const views = await Promise.all(herd.servers.map((server) => server.streams()));
        return views.every((view) => view.some(({ title }) => title === 'after the outage'));
      });
      const where = await eventually('where answers', () => herd.bus.where('cam2'));
      assert.is(where.code, 200);
      assert.equal(await herd.pulledTwice(), []);

      const [first] = herd.servers;
      await first?.losePower();
      await herd.whole();
      assert.equal(await herd.pulledTwice(), [], 'and a failover too');
    }));
}

test.run();
