import * as assert from 'uvu/assert';
import { createMetrics } from '../../src/http/metrics.ts';
import { memoryHerd } from '../support/herd-api.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/metrics');

test('states are read when asked for, happenings are counted', async () => {
  const herd = memoryHerd();
  let standing = true;
  const media = { requests: 9, redirects: 2, segments: 3, segmentBytes: 4, inFlight: 5, viewers: 6 };
  const metrics = createMetrics('s01', () => ({
    ...{ streams: herd.streams(), servers: herd.servers(), standing, busConnected: true, spares: 2, media },
  }));
  metrics.segmentClosed(1000);
  metrics.segmentClosed(500);
  metrics.captureRestarted('timeout');
  metrics.claimed('won');
  metrics.beatHeard('s02');
  const lines = async () => (await metrics.text()).split('\n');
  const text = await lines();
  for (const line of [
    'streamherd_streams{state="live",server="s01"} 0',
    'streamherd_servers{state="up",server="s01"} 2',
    'streamherd_standing{server="s01"} 1',
    'streamherd_spare_ffmpegs{server="s01"} 2',
    'streamherd_segments_total{server="s01"} 2',
    'streamherd_segment_bytes_total{server="s01"} 1500',
    'streamherd_capture_restarts_total{reason="timeout",server="s01"} 1',
    'streamherd_claims_total{outcome="won",server="s01"} 1',
    'streamherd_beats_heard_total{peer="s02",server="s01"} 1',
    'streamherd_mpegts_viewers{server="s01"} 6',
  ]) {
    assert.ok(text.includes(line), line);
  }
  standing = false;
  assert.ok((await lines()).includes('streamherd_standing{server="s01"} 0'));
});

test.run();
