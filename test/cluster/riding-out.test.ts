import * as assert from 'uvu/assert';
import { DEFAULT_TIMES } from '../../src/domain/times.ts';
import { eventually } from '../support/eventually.ts';
import { floodBeats } from '../support/flood.ts';
import { herdSuite } from '../support/herd-suite.ts';
import { recorded } from '../support/recording.ts';
import type { TestHerd } from '../support/test-herd.ts';

/** This test attacks the bus. A machine that is overloaded for a second or two should not fence a server as well. */
const UNHURRIED = { fence: '4s', evict: '5s', return_after: '250ms' };
// A test that leaves a server dead stands as late as it can: its start for the next test costs more than most tests.
const test = herdSuite('cluster/riding-out', { cameras: 6, timing: UNHURRIED });
/** Segments of 1 s: longer than the fence, so that no session stands by the bus any more; with the start of the next NATS shorter than Fslow, 12 s. */
const OUTAGE_SEGMENTS = 5;
/** How often answers are looked at during the outage. */
const FLOOD_MS = 4000;
/** The bound for the control thread's delay: a third of the fence. */
const PROMISED_S = DEFAULT_TIMES.fenceMs / 3 / 1000;
/** 5 s in which the bus may come back, the time for killing, and 3 s for a last message to the bus. */
const LEFT_WITHIN_MS = 20_000;

async function untouched(herd: TestHerd, names: readonly string[], when: string): Promise<void> {
  const counts = await herd.cameras.counts();
  const touched = names.filter((name) => counts[name]?.live !== 1 || counts[name]?.total !== 1);
  assert.equal(touched, [], when);
}

async function staysOf(herd: TestHerd, lost: string): Promise<readonly string[]> {
  const mine = (await herd.byServer()).get(lost) ?? [];
  assert.ok(mine.length > 0);
  return herd.names.filter((name) => !mine.includes(name));
}

test('NATS hangs: it takes connections and answers nothing, while strangers attack the beats port that the captures now depend on', async (herd) => {
  const [attacked] = herd.servers;
  assert.ok(attacked);
  const { beatUrl: url } = await herd.bus.serverRecord(attacked.name);
  await herd.cameras.resetCounts();
  await herd.nats.kill('SIGSTOP');
  const before = await attacked.metrics();
  const flooding = floodBeats({ url, connections: 1000, forMs: FLOOD_MS });
  await recorded(herd, herd.names, OUTAGE_SEGMENTS);
  const attempts = await flooding;
  await untouched(herd, herd.names, 'while it hangs');
  const after = await attacked.metrics();
  assert.ok(
    Object.values(attempts).every((count) => count > 0),
    JSON.stringify(attempts),
  );
  const worst = after.get('streamherd_control_delay_worst_seconds') ?? Number.NaN;
  assert.ok(worst < PROMISED_S, `its control thread was ${worst} s late`);
  for (const peer of ['s2', 's3']) {
    const direct = `streamherd_beats_heard_total{peer="${peer}",via="direct"}`;
    const heard = (after.get(direct) ?? 0) - (before.get(direct) ?? 0);
    assert.ok(heard >= FLOOD_MS / DEFAULT_TIMES.beatMs / 2, `it heard ${heard} beats of ${peer}`);
  }
  await herd.nats.kill('SIGCONT');
  await eventually('the views are new again', async () => {
    const answers = await Promise.all(herd.servers.map((server) => server.ask('/readyz')));
    return answers.every(({ stale }) => stale === undefined);
  });
  await untouched(herd, herd.names, 'and after it');
  assert.equal(await herd.pulledTwice(), []);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`the only NATS server ends by ${signal} and is back five segments later: no capture ends, and the herd is whole again`, async (herd) => {
    const before = await herd.streams();
    await herd.cameras.resetCounts();
    await herd.nats.kill(signal);
    await Promise.all([recorded(herd, herd.names, OUTAGE_SEGMENTS), saysThatItIsOld(herd)]);
    await untouched(herd, herd.names, 'during the outage');
    for (const server of herd.servers) assert.is((await server.streams()).length, 6, 'it answers from memory');
    await herd.nats.restart();

    await eventually('it says so no more', async () => (await herd.server('s2').ask('/readyz')).stale === undefined);
    await herd.whole();
    const after = await herd.streams();
    assert.equal(
      after.map(({ name, server, epoch }) => `${name} ${server} ${epoch}`),
      before.map(({ name, server, epoch }) => `${name} ${server} ${epoch}`),
      'everything is where it was',
    );
    // Whole: what needs the bus works again, on every server.
    await herd.bus.put('cam1', { inputs: [herd.cameras.url('cam1')], title: `after ${signal}` });
    await eventually('every server has a definition that was published afterwards', async () => {
      const views = await Promise.all(herd.servers.map((server) => server.streams()));
      return views.every((view) => view.some(({ title }) => title === `after ${signal}`));
    });
    const where = await eventually('where answers', () => herd.bus.where('cam2'));
    assert.is(where.code, 200);
    assert.equal(await herd.pulledTwice(), []);
    if (signal === 'SIGTERM') return;

    await herd.server('s2').losePower();
    await herd.whole();
    assert.equal(await herd.pulledTwice(), [], 'and a failover works too');
  });
}

/** While the bus is away: answers say that they may be old, and no stream can be moved. */
async function saysThatItIsOld(herd: TestHerd): Promise<void> {
  const second = herd.server('s2');
  for (const path of ['/readyz', '/api/v1/streams', '/api/v1/servers', '/api/v1/where/cam1', '/api/v1/streams/cam1']) {
    const stale = await eventually(`${path} says so`, async () => (await second.ask(path)).stale);
    assert.match(
      JSON.stringify(stale),
      /"since":"20.*"why":"(?:servers|owners|streams): the connection to NATS is lost"/,
    );
  }
  const owner = await herd.ownerOf('cam1');
  const refused = await herd
    .server(owner)
    .change('/api/v1/streams/cam1/move', { server: owner === 's1' ? 's2' : 's1' });
  assert.is(refused.status, 503);
}

test('a host is lost together with the bus: the captures of the others go on, and its streams are taken when the bus is back', async (herd) => {
  const stay = await staysOf(herd, 's1');
  await herd.cameras.resetCounts();
  await Promise.all([herd.nats.kill('SIGKILL'), herd.server('s1').losePower()]);
  await recorded(herd, stay, OUTAGE_SEGMENTS);
  await untouched(herd, stay, 'during the outage');
  await herd.nats.restart();
  await herd.whole();
  await untouched(herd, stay, 'after it');
  assert.equal(await herd.pulledTwice(), []);
});

test('a server that is told to leave while the bus is away leaves soon; the others take its streams when the bus is back', async (herd) => {
  await herd.nats.kill('SIGTERM');
  const leaving = herd.server('s3');
  leaving.kill('SIGTERM');
  await eventually('it has left', () => !leaving.isRunning && leaving.pids.length === 0, {
    deadlineMs: LEFT_WITHIN_MS,
  });
  await herd.nats.restart();
  await herd.whole();
  assert.equal(await herd.pulledTwice(), []);
});

test.run();
