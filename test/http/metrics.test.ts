import * as assert from 'uvu/assert';
import { createMetrics } from '../../src/http/metrics.ts';
import { memoryHerd } from '../support/herd-api.ts';
import { suite } from '../support/suite.ts';

const test = suite('http/metrics');

test('states are read when asked for, happenings are counted', async () => {
  const herd = memoryHerd();
  const media = { requests: 9, redirects: 2, segments: 3, segmentBytes: 4, inFlight: 5, viewers: 6 };
  const { tally, text } = createMetrics('s01');
  tally.segmentClosed(1000);
  tally.segmentClosed(500);
  tally.claimed('won');
  tally.beatSent();
  tally.beatHeard('s02', 'direct');
  tally.told({ kind: 'stream-source-error', detail: { failure: 'timeout', input: 0 } });
  tally.told({ kind: 'stream-live' });
  const lines = async (standing: boolean) =>
    (
      await text({ streams: herd.streams(), servers: herd.servers(), standing, busConnected: true, spares: 2, media })
    ).split('\n');
  const first = await lines(true);
  for (const line of [
    'streamherd_streams{state="live",server="s01"} 0',
    'streamherd_servers{state="up",server="s01"} 2',
    'streamherd_standing{server="s01"} 1',
    'streamherd_spare_ffmpegs{server="s01"} 2',
    'streamherd_segments_total{server="s01"} 2',
    'streamherd_segment_bytes_total{server="s01"} 1500',
    'streamherd_capture_failures_total{failure="timeout",server="s01"} 1',
    'streamherd_events_total{kind="stream-source-error",server="s01"} 1',
    'streamherd_events_total{kind="server-fenced",server="s01"} 0',
    'streamherd_claims_total{outcome="won",server="s01"} 1',
    'streamherd_claims_total{outcome="lost",server="s01"} 0',
    'streamherd_beats_sent_total{server="s01"} 1',
    'streamherd_beats_heard_total{peer="s02",via="direct",server="s01"} 1',
    'streamherd_mpegts_viewers{server="s01"} 6',
  ]) {
    assert.ok(first.includes(line), line);
  }
  assert.ok((await lines(false)).includes('streamherd_standing{server="s01"} 0'));
});

test('each metric is described once, and every line is one of the text format', async () => {
  const herd = memoryHerd();
  const media = { requests: 0, redirects: 0, segments: 0, segmentBytes: 0, inFlight: 0, viewers: 0 };
  const reading = {
    streams: herd.streams(),
    servers: herd.servers(),
    standing: true,
    busConnected: true,
    spares: 2,
    media,
  };
  const lines = (await createMetrics('s01').text(reading)).split('\n').filter((line) => line !== '');
  for (const line of lines) assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{.+\})? [-+.\w]+)$/);
  const described = lines.flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []);
  assert.equal(described, [...new Set(described)]);
});

test.run();
