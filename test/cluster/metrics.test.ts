import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import { suite } from '../support/suite.ts';

const test = suite('cluster/metrics', { deadlineMs: 140_000 });

test('what happens to a running server is counted: claims, segments, beats on both ways, failures, an eviction', () =>
  withHerd({ cameras: 6 }, async (herd) => {
    const [s1, s2, s3] = [herd.server('s1'), herd.server('s2'), herd.server('s3')];
    for (const server of herd.servers) {
      const metrics = await eventually('it has closed segments', async () => {
        const now = await server.metrics();
        return (now.get('streamherd_segments_total') ?? 0) >= 2 && now;
      });
      const at = (name: string) => metrics.get(`streamherd_${name}`) ?? Number.NaN;
      const captures = at('captures');
      assert.is(captures, 2, 'six streams on three servers');
      assert.ok(at('claims_total{outcome="won"}') >= captures);
      assert.ok(at('events_total{kind="stream-claimed"}') >= captures);
      assert.ok(at('events_total{kind="stream-live"}') >= captures);
      assert.is(at('events_total{kind="server-joined"}'), 1);
      assert.is(at('events_total{kind="server-evicted"}'), 0);
      assert.ok(at('segment_bytes_total') > at('segments_total') * 188);
      assert.ok(at('beats_sent_total') > 0);
      for (const peer of herd.servers) {
        const heard = metrics.get(`streamherd_beats_heard_total{peer="${peer.name}",via="bus"}`);
        if (peer === server) assert.is(heard, undefined, 'its own beats are nobody’s');
        else assert.ok(heard !== undefined && heard > 0, `${server.name} counts the beats of ${peer.name}`);
      }
      assert.is(at('standing'), 1);
      assert.is(at('streams{state="live"}'), 6);
    }

    const [closed = ''] = (await herd.byServer()).get('s1') ?? [];
    await herd.cameras.tell(closed, 'close');
    await eventually('the failure is counted', async () => {
      const metrics = await s1.metrics();
      return (metrics.get('streamherd_capture_failures_total{failure="ended"}') ?? 0) >= 1;
    });
    await herd.whole();

    await s3.losePower();
    await eventually('one of the two evicts it', async () => {
      const evictions = await Promise.all(
        [s1, s2].map(async (server) => (await server.metrics()).get('streamherd_events_total{kind="server-evicted"}')),
      );
      return evictions.reduce((sum = 0, one = 0) => sum + one, 0) === 1;
    });
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
  }));

test.run();
