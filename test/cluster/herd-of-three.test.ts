import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { herdSuite } from '../support/herd-suite.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = herdSuite('cluster/herd-of-three', { timing: { return_after: '250ms' } });
const SLOW = { deadlineMs: 30_000 };

/** Whether every stream of `names` is live on a server for which `isRight` holds. */
async function areLive(herd: TestHerd, names: readonly string[], isRight: (server: string) => boolean) {
  const streams = await herd.streams();
  return names.every((name) =>
    streams.some((one) => one.name === name && one.server !== undefined && isRight(one.server) && one.state === 'live'),
  );
}

/** Width of the picture in the newest segment that `stream`'s owner lists. */
async function width(herd: TestHerd, stream: string): Promise<string> {
  const { urls } = await herd.stream(stream);
  const media = new URL('video.m3u8', urls?.hls);
  const list = await (await fetch(media, { signal: AbortSignal.timeout(8000) })).text();
  const segment = list.trimEnd().split('\n').at(-1) ?? '';
  const ask = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=width', '-of', 'csv=p=0'];
  const { stdout } = await execa('ffprobe', [...ask, new URL(segment, media).href], { timeout: 8000 });
  return stdout.split('\n')[0] ?? '';
}

test('nine streams on three servers: three each, each camera pulled once; a server leaves and comes back', async (herd) => {
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
  await eventually('its streams are on the others', () => areLive(herd, moved, (server) => server !== 's2'));
  await leaving.ended();
  await herd.whole();
  assert.equal(leaving.pids, [], 'nothing of it is left');
  const during = await herd.byServer();
  assert.equal(['s1', 's3'].map((server) => during.get(server)?.length).sort(), [4, 5]);
  assert.ok(moved.every((name) => herd.bus.eventsOf('stream-handed-back', name).length > 0));

  await leaving.start();
  await eventually('three each again', async () => (await herd.byServer()).get('s2')?.length === 3, SLOW);
  await herd.whole();
  assert.equal(await herd.pulledTwice(), [], 'no hand-over overlapped');
  const counts = await herd.cameras.counts();
  const untouched = stayed.filter((name) => counts[name]?.total === 1);
  assert.ok(untouched.length >= 3, 'what neither left nor made room was never interrupted');
});

test('profiles of a stream: a change of the profile not in force restarts nothing; away from home the backup profile is in force; pinned streams come home', async (herd) => {
  const pinned = ['cam1', 'cam2', 'cam3', 'cam4', 'cam5'];
  const isAtHome = () => areLive(herd, pinned, (server) => server === 's3');
  const backup = { vb: '100k', size: '160x90', preset: 'ultrafast' };
  const define = (more: object) =>
    herd.bus.put('cam1', {
      inputs: [herd.cameras.url('cam1')],
      capture_at: 's3',
      backup_transcoder: backup,
      ...more,
    });
  await define({});
  for (const name of pinned.slice(1)) {
    await herd.bus.put(name, { inputs: [herd.cameras.url(name)], capture_at: 's3' });
  }
  await eventually('they go home, more than an even share', isAtHome, SLOW);
  await herd.whole();
  assert.is(await width(herd, 'cam1'), '320', 'at home it is copied');

  const { epoch } = await herd.stream('cam1');
  const { total } = await herd.cameras.countsOf('cam1');
  await define({ title: 'Gate 3', backup_transcoder: { ...backup, vb: '120k' } });
  await eventually('it has its title', async () => (await herd.stream('cam1')).title === 'Gate 3');
  await define({ title: 'Gate 3', transcoder: { size: '240x134', preset: 'ultrafast' } });
  await eventually('it is transcoded', async () => (await width(herd, 'cam1')) === '240', SLOW);
  const after = await herd.stream('cam1');
  assert.equal(
    [after.epoch, (await herd.cameras.countsOf('cam1')).total],
    [epoch, total + 1],
    'neither a title nor the profile that is not in force restarts it; the one in force does, under the same epoch',
  );

  const host = herd.server('s3');
  await host.losePower();
  await eventually('other servers have them', () => areLive(herd, pinned, (server) => server !== 's3'), SLOW);
  await herd.whole();
  assert.is((await herd.byServer()).get('s3'), undefined);
  assert.is(await width(herd, 'cam1'), '160', 'away from home the backup profile is in force');

  await host.start();
  await eventually('they are home', isAtHome, SLOW);
  await herd.whole();
  assert.is(await width(herd, 'cam1'), '240');
  assert.equal(await herd.pulledTwice(), []);
  const returned = herd.bus.eventsOf('stream-handed-back', 'cam2').at(-1);
  assert.match(returned?.why ?? '', 's3', 'the hand-back says where it goes');
});

// A server is dead afterwards. Its start for a next test would cost more than most tests, so this one is the last.
test('the metrics of a running server count claims, segments, beats on both ways, failures and an eviction', async (herd) => {
  const [s1, s2, s3] = [herd.server('s1'), herd.server('s2'), herd.server('s3')];
  for (const server of herd.servers) {
    const metrics = await eventually('it has closed segments', async () => {
      const now = await server.metrics();
      return (now.get('streamherd_segments_total') ?? 0) >= 2 && now;
    });
    const at = (name: string) => metrics.get(`streamherd_${name}`) ?? Number.NaN;
    const captures = at('captures');
    assert.is(captures, 3, 'nine streams on three servers');
    assert.ok(at('claims_total{outcome="won"}') >= captures);
    assert.ok(at('events_total{kind="stream-claimed"}') >= captures);
    assert.ok(at('events_total{kind="stream-live"}') >= captures);
    assert.is(at('events_total{kind="server-joined"}'), 1);
    assert.ok(at('segment_bytes_total') > at('segments_total') * 188);
    assert.ok(at('beats_sent_total') > 0);
    for (const peer of herd.servers) {
      const heard = metrics.get(`streamherd_beats_heard_total{peer="${peer.name}",via="bus"}`);
      if (peer === server) assert.is(heard, undefined, 'a server does not count its own beats as heard');
      else assert.ok(heard !== undefined && heard > 0, `${server.name} counts the beats of ${peer.name}`);
    }
    assert.is(at('standing'), 1);
    assert.is(at('streams{state="live"}'), 9);
  }

  const [closed = ''] = (await herd.byServer()).get('s1') ?? [];
  await herd.cameras.tell(closed, 'close');
  await eventually('the failure is counted', async () => {
    const metrics = await s1.metrics();
    return (metrics.get('streamherd_capture_failures_total{failure="ended"}') ?? 0) >= 1;
  });
  await herd.whole();

  const evictions = async () => {
    const metrics = await Promise.all([s1, s2].map((server) => server.metrics()));
    return metrics.reduce((sum, each) => sum + (each.get('streamherd_events_total{kind="server-evicted"}') ?? 0), 0);
  };
  const before = await evictions();
  await s3.losePower();
  await eventually('one of the two evicts it', async () => (await evictions()) > before);
  assert.is(await evictions(), before + 1);
  await herd.whole();

  await herd.nats.kill('SIGKILL');
  await eventually('beats go around the bus', async () => {
    const metrics = await s1.metrics();
    return (
      metrics.get('streamherd_bus_connected') === 0 &&
      (metrics.get('streamherd_beats_heard_total{peer="s2",via="direct"}') ?? 0) > 0
    );
  });
  await herd.nats.restart();
  await herd.whole();
});

test.run();
