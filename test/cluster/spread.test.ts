import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/spread', { deadlineMs: 140_000 });

test('nine streams on three servers: three each, each camera pulled once; a server leaves and comes back', () =>
  withHerd({}, async (herd) => {
    const spread = await herd.byServer();
    assert.equal(
      ['s1', 's2', 's3'].map((server) => spread.get(server)?.length),
      [3, 3, 3],
    );
    for (const server of herd.servers) {
      const view = (await server.streams()).map(({ name, server: owner, epoch }) => `${name} ${owner} ${epoch}`);
      assert.equal(
        view,
        (await herd.streams()).map(({ name, server: owner, epoch }) => `${name} ${owner} ${epoch}`),
      );
    }
    assert.equal(await herd.pulledTwice(), []);

    const moved = spread.get('s2') ?? [];
    const stayed = herd.names.filter((name) => !moved.includes(name));
    await herd.cameras.resetCounts();
    const leaving = herd.server('s2');
    leaving.kill('SIGTERM');
    await eventually('its streams are on the others', async () => {
      const streams = await herd.streams();
      return moved.every((name) =>
        streams.some((one) => one.name === name && one.server !== 's2' && one.state === 'live'),
      );
    });
    await leaving.ended();
    await herd.whole();
    assert.equal(leaving.pids, [], 'nothing of it is left');
    const during = await herd.byServer();
    assert.equal(['s1', 's3'].map((server) => during.get(server)?.length).sort(), [4, 5]);
    assert.ok(moved.every((name) => herd.bus.eventsOf('stream-handed-back', name).length > 0));

    await leaving.start();
    await eventually('three each again', async () => (await herd.byServer()).get('s2')?.length === 3, {
      deadlineMs: 30_000,
    });
    await herd.whole();
    assert.equal(await herd.pulledTwice(), [], 'no hand-over overlapped');
    const counts = await herd.cameras.counts();
    const untouched = stayed.filter((name) => counts[name]?.total === 1);
    assert.ok(untouched.length >= 3, 'what neither left nor made room was never interrupted');
  }));

test.run();
