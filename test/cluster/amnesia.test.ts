import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { herdSuite } from '../support/herd-suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** Streams of configuration files are back after a loss. The file of s3 defines none of them, so that s3 can be lost with the store. */
const IN_FILE_OF = { cam1: 's1', cam2: 's1', cam3: 's2', cam4: 's2' };
const KEPT = Object.keys(IN_FILE_OF);
const PUBLISHED = ['cam5', 'cam6'];
/** A host that is lost with the store is waited for as long as \`evict_slow\`; there is no NATS cluster here whose elections it has to outlast. */
const TIMING = { return_after: '250ms', fence_slow: '6s', evict_slow: '7s' };
const test = herdSuite('cluster/amnesia', { cameras: 6, inFileOf: IN_FILE_OF, timing: TIMING });
/** 3 s until a bucket counts as gone, the new sessions of the herd, and the starts of the captures. */
const WHOLE_AGAIN_MS = 30_000;

async function noticed(herd: TestHerd, count = 1): Promise<void> {
  await eventually(`${count} losses have been noticed`, () => herd.bus.eventsOf('bus-amnesia').length >= count, {
    deadlineMs: 60_000,
  });
}

test('NATS comes back with an empty store: streams of files are captured again, the others are gone, no camera is pulled twice; it does so again while a server starts', async (herd) => {
  await herd.cameras.resetCounts();
  await herd.nats.kill('SIGKILL');
  await herd.nats.loseStore();
  await herd.nats.restart();

  await noticed(herd);
  await herd.whole(KEPT, WHOLE_AGAIN_MS);
  await eventually('a stream that only a client had published is pulled no more', async () => {
    const counts = await herd.cameras.counts();
    return PUBLISHED.every((name) => counts[name]?.live === 0);
  });
  await eventually('no server knows the stream', async () => {
    const views = await Promise.all(herd.servers.map((server) => server.streams()));
    return views.every((view) => view.map(({ name }) => name).join() === KEPT.join());
  });
  for (const name of PUBLISHED) {
    await eventually(`the loss of ${name} is told`, () => herd.bus.eventsOf('definition-removed', name).length > 0);
  }
  for (const server of herd.servers) {
    assert.match(server.log, 'error NATS has lost data of the herd');
    assert.match(server.log, /error 2 streams are gone \(.*\): cam5, cam6/);
  }
  assert.equal(await herd.pulledTwice(), []);

  await herd.bus.put('cam5', { inputs: [herd.cameras.url('cam5')] });
  await herd.whole([...KEPT, 'cam5']);
  await herd.server('s3').losePower();
  await herd.whole([...KEPT, 'cam5']);
  assert.equal(await herd.pulledTwice(), [], 'a failover afterwards is one like any other');
  await startsBesideLostData(herd);
});

/** A server that starts beside a NATS without data, while the others still capture, waits for them. It is dead before. */
async function startsBesideLostData(herd: TestHerd): Promise<void> {
  const starting = herd.server('s3');
  await herd.cameras.resetCounts();
  await herd.nats.kill('SIGKILL');
  await herd.nats.loseStore();
  // This server starts first, and makes the buckets.
  await herd.nats.restart();
  await starting.start();
  await herd.whole(KEPT, WHOLE_AGAIN_MS);
  assert.match(starting.logOfRun, 'is not as it was when this server last ran');
  await eventually('the server has its share', async () => (await herd.byServer()).has('s3'), { deadlineMs: 30_000 });
  await herd.whole(KEPT);
  assert.equal(await herd.pulledTwice(), []);
}

test('a backup is put back: streams published since are gone, streams removed since are back, no camera is pulled twice', async (herd) => {
  await using folder = await tempFolder();
  const backup = join(folder.path, 'backup');
  await herd.nats.kill('SIGTERM');
  await herd.nats.backUp(backup);
  await herd.nats.restart();
  await herd.bus.remove('cam5');
  await herd.bus.put('later', { inputs: [herd.cameras.url('cam5')] });
  await eventually('it is live', async () => (await herd.stream('later')).state === 'live', { deadlineMs: 20_000 });
  // Both streams have the same camera, and no promise says that one of them waits for the other.
  await eventually('cam5 is pulled for it alone', async () => (await herd.cameras.countsOf('cam5')).live === 1);
  await herd.cameras.resetCounts();

  await herd.nats.kill('SIGKILL');
  await herd.nats.restore(backup);
  await herd.nats.restart();
  await noticed(herd);
  await herd.whole(herd.names, WHOLE_AGAIN_MS);
  await eventually('no server knows "later"', async () => {
    const views = await Promise.all(herd.servers.map((server) => server.streams()));
    return views.every((view) => view.every(({ name }) => name !== 'later'));
  });
  assert.equal(await herd.pulledTwice(), []);
});

test('a client deletes the bucket `owners`: every stream is claimed again, no camera is pulled twice', async (herd) => {
  await herd.cameras.resetCounts();
  await herd.bus.connection.request('$JS.API.STREAM.DELETE.KV_owners');
  await noticed(herd, herd.servers.length);
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
});

test('a host is lost together with the store: the others wait until it can capture no more, then take its streams', async (herd) => {
  const lost = herd.server('s3');
  // The server that is lost has to own streams that the files of other servers define.
  await herd.move('cam2', 's3');
  await eventually('s3 has cam2', async () => (await herd.stream('cam2')).server === 's3');
  await herd.whole();
  await herd.cameras.resetCounts();
  const { session } = await herd.bus.serverRecord(lost.name);
  await Promise.all([herd.nats.kill('SIGKILL'), lost.losePower()]);
  await herd.nats.loseStore();
  await herd.nats.restart();
  await noticed(herd, 6);
  await herd.whole(KEPT, WHOLE_AGAIN_MS);
  assert.match(herd.server('s1').log, `nothing is claimed yet: session ${session} of s3 may still capture`);
  assert.equal(await herd.pulledTwice(), []);
});

test.run();
