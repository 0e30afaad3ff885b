import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';

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

test('a backup is put back: what was published since is gone, what was removed since is back, nothing is pulled twice', () =>
  withHerd({ cameras: 6 }, async (herd) => {
    await using folder = await tempFolder();
    const backup = join(folder.path, 'backup');
    await herd.nats.kill('SIGTERM');
    await herd.nats.backUp(backup);
    await herd.nats.restart();
    await herd.bus.remove('cam1');
    await herd.bus.put('later', { inputs: [herd.cameras.url('cam1')] });
    await eventually('it is live', async () => (await herd.stream('later')).state === 'live', { deadlineMs: 20_000 });
    // Both streams have the same camera, and nobody has promised that one of them waits for the other.
    await eventually('cam1 is pulled for it alone', async () => (await herd.cameras.countsOf('cam1')).live === 1);
    await herd.cameras.resetCounts();

    await herd.nats.kill('SIGKILL');
    await herd.nats.restore(backup);
    await herd.nats.restart();
    await eventually('a server has noticed', () => herd.bus.eventsOf('bus-amnesia').length > 0);
    await herd.whole(herd.names, WHOLE_AGAIN_MS);
    await eventually('"later" is known to nobody', async () => {
      const views = await Promise.all(herd.servers.map((server) => server.streams()));
      return views.every((view) => view.every(({ name }) => name !== 'later'));
    });
    assert.equal(await herd.pulledTwice(), []);
  }));

test('a host is lost with the store: the others wait until it can capture no more, then take its streams', () =>
  withHerd({ servers: 3, cameras: 3, inFileOf: { cam1: 's1', cam2: 's1', cam3: 's1' } }, async (herd) => {
    await eventually('s3 has its share', async () => (await herd.byServer()).get('s3')?.length === 1, {
      deadlineMs: 30_000,
    });
    await herd.whole();
    await herd.cameras.resetCounts();
    await Promise.all([herd.nats.kill('SIGKILL'), herd.server('s3').losePower()]);
    await herd.nats.loseStore();
    await herd.nats.restart();
    await eventually('both have noticed', () => herd.bus.eventsOf('bus-amnesia').length >= 6);
    await herd.whole(herd.names, WHOLE_AGAIN_MS);
    assert.match(herd.server('s1').log, /nothing is claimed yet: session \S+ of s3 may still capture/);
    assert.equal(await herd.pulledTwice(), []);
  }));

test('a server starts beside a NATS that has lost everything, while the others still capture: it waits for them', () =>
  withHerd(
    { cameras: 6, inFileOf: { cam1: 's1', cam2: 's2', cam3: 's3', cam4: 's1', cam5: 's2', cam6: 's3' } },
    async (herd) => {
      await herd.server('s3').losePower();
      await herd.whole();
      await herd.cameras.resetCounts();
      await herd.nats.kill('SIGKILL');
      await herd.nats.loseStore();
      // It is there first, and makes the buckets.
      await herd.nats.restart();
      await herd.server('s3').start();
      await herd.whole(herd.names, WHOLE_AGAIN_MS);
      assert.match(herd.server('s3').log, 'is not as it was when this server last ran');
      await eventually('it has its share', async () => (await herd.byServer()).get('s3')?.length === 2, {
        deadlineMs: 30_000,
      });
      await herd.whole();
      assert.equal(await herd.pulledTwice(), []);
    },
  ));

test('somebody deletes the bucket of the owners: everything is claimed anew, nothing is pulled twice', () =>
  withHerd({ cameras: 6 }, async (herd) => {
    await herd.cameras.resetCounts();
    await herd.bus.connection.request('$JS.API.STREAM.DELETE.KV_owners');
    await eventually('every server has noticed', () => herd.bus.eventsOf('bus-amnesia').length >= 3, {
      deadlineMs: 60_000,
    });
    await herd.whole();
    assert.equal(await herd.pulledTwice(), []);
  }));

test.run();
