import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/definitions', { deadlineMs: 140_000 });

test('published with a NATS client alone: captured; garbage changes nothing; removed: stopped', () =>
  withHerd({ servers: 2, cameras: 3 }, async (herd) => {
    await herd.bus.remove('cam3');
    await eventually('cam3 is no more pulled', async () => (await herd.cameras.countsOf('cam3')).live === 0);
    await eventually('nobody knows cam3', async () => {
      const views = await Promise.all(herd.servers.map((server) => server.streams()));
      return views.every((view) => view.every(({ name }) => name !== 'cam3'));
    });
    assert.is((await herd.bus.where('cam3')).code, 404);
    await eventually('an event says so', () => herd.bus.eventsOf('definition-removed', 'cam3').length > 0);

    await herd.cameras.resetCounts();
    await herd.bus.put('cam3', `{"url": "${herd.cameras.url('cam3')}"}`);
    await eventually('cam3 is pulled', async () => (await herd.cameras.countsOf('cam3')).live === 1, {
      deadlineMs: 5000,
    });
    await herd.whole();

    const before = await herd.stream('cam3');
    for (const [number, garbage] of ['{"inputs": [', '{"inputs": []}', '{"url": "file:///etc/passwd"}'].entries()) {
      await herd.bus.put('cam3', garbage);
      await eventually('it is refused', () => herd.bus.eventsOf('definition-refused', 'cam3').length > number);
    }
    const refused = await eventually('its status says why', async () => {
      const stream = await herd.stream('cam3');
      return stream.refused !== undefined && stream;
    });
    assert.equal([refused.state, refused.server, refused.epoch], ['live', before.server, before.epoch]);
    assert.equal([(await herd.cameras.countsOf('cam3')).total, await herd.pulledTwice()], [1, []]);

    await herd.bus.put('cam3', { inputs: [herd.cameras.url('cam3')], title: 'Gate 3' });
    await eventually('the good one is in force', async () => {
      const { title, refused: why } = await herd.stream('cam3');
      return title === 'Gate 3' && why === undefined;
    });
    await herd.bus.put('cam3', { inputs: [herd.cameras.url('cam3')], disabled: true });
    await eventually('a disabled one is stopped', async () => (await herd.stream('cam3')).state === 'stopped');
    await eventually('and not pulled', async () => (await herd.cameras.countsOf('cam3')).live === 0);
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
