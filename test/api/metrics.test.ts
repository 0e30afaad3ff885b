import * as assert from 'uvu/assert';
import { lossReason } from '../../src/archive/recording/recording-counts.ts';
import { Counts } from '../../src/domain/tally.ts';
import { metricLines as linesOf, metricsReading as reading, wholeReading } from '../support/metrics-reading.ts';
import { suite } from '../support/suite.ts';

const test = suite('api/metrics');

test('states are read at each request, events are counted', async () => {
  const counts = new Counts();
  counts.segmentClosed(1000);
  counts.segmentClosed(500);
  counts.claimed('won');
  counts.beatSent();
  counts.beatHeard('s02', 'direct');
  counts.told({ kind: 'stream-source-error', detail: { failure: 'timeout', input: 0 } });
  counts.told({ kind: 'stream-live' });
  const lines = await linesOf(reading(counts));
  for (const line of [
    'streamherd_streams{state="live",server="s01"} 2',
    'streamherd_servers{state="up",server="s01"} 2',
    'streamherd_captures{server="s01"} 1',
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
    'streamherd_http_requests_total{server="s01"} 9',
    `streamherd_build_info{version="1.2.3",node="${process.version}",server="s01"} 1`,
    'streamherd_control_delay_worst_seconds{server="s01"} 0.3',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.ok((await linesOf({ ...reading(), standing: false })).includes('streamherd_standing{server="s01"} 0'));
});

test('the metrics say what this server finds wrong with others, and not what others find', async () => {
  const lines = await linesOf(reading());
  assert.equal(
    lines.filter((line) => line.startsWith('streamherd_peer_')),
    [
      'streamherd_peer_problem{peer="s02",kind="beats",server="s01"} 1',
      'streamherd_peer_clock_offset_seconds{peer="s02",server="s01"} -1.5',
    ],
  );
});

test('a stream that this server owns has lines of its own, unless the configuration wants none', async () => {
  const lines = await linesOf(reading());
  for (const line of [
    'streamherd_stream_up{stream="cam1",server="s01"} 1',
    'streamherd_stream_bitrate_bits{stream="cam1",server="s01"} 2000000',
    'streamherd_stream_restarts_total{stream="cam1",server="s01"} 3',
    'streamherd_stream_last_segment_age_seconds{stream="cam1",server="s01"} 1.5',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.not.ok((await linesOf({ ...reading(), captures: [] })).some((line) => line.includes('streamherd_stream_')));
});

test('figures of the process have their standard names, and figures of a thread are those of the control thread', async () => {
  const lines = await linesOf(reading());
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_open_fds',
    'nodejs_version_info',
  ]) {
    assert.ok(
      lines.some((line) => line.startsWith(`${name}{`)),
      name,
    );
  }
  assert.ok(lines.includes('nodejs_eventloop_lag_max_seconds{server="s01"} 0.02'));
  assert.ok(lines.includes('nodejs_heap_size_used_bytes{server="s01"} 1000'));
});

test('each metric is described once, counted things are counters, and every line keeps to the text format', async () => {
  const lines = await linesOf(reading());
  for (const line of lines) assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{.+\})? [-+.\w]+)$/);
  const described = lines.flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []);
  assert.equal(described, [...new Set(described)]);
  const types = lines.flatMap((line) => /^# TYPE (streamherd_\w+) (\w+)/.exec(line)?.slice(1) ?? []);
  for (let at = 0; at < types.length; at += 2) {
    assert.is(types[at + 1], types[at]?.endsWith('_total') ? 'counter' : 'gauge', types[at]);
  }
});

test('the archive has lines by folder, by reason and, for some streams, by stream', async () => {
  const lines = await linesOf(wholeReading());
  for (const line of [
    'streamherd_archive_delay_seconds{server="s01"} 0.25',
    'streamherd_archive_waiting_segments{server="s01"} 7',
    'streamherd_archive_clock_doubted{server="s01"} 1',
    'streamherd_archive_root_up{root="/disk1",server="s01"} 1',
    'streamherd_archive_root_up{root="/disk2",server="s01"} 0',
    'streamherd_archive_root_days_until_full{root="/disk1",server="s01"} 12',
    'streamherd_archive_root_free_bytes{root="/disk1",server="s01"} 1000',
    'streamherd_archive_recorded_seconds_total{server="s01"} 120',
    'streamherd_archive_lost_seconds_total{reason="full",server="s01"} 1.5',
    'streamherd_archive_lost_seconds_total{reason="other",server="s01"} 0',
    'streamherd_archive_stream_packs{stream="cam1",server="s01"} 3',
    'streamherd_archive_to_return_packs{holder="s02",server="s01"} 4',
    'streamherd_archive_to_return_bytes{holder="s02",server="s01"} 4000',
    'streamherd_archive_return_bytes_per_second{holder="s02",server="s01"} 50',
    'streamherd_archive_returned_packs_total{holder="s02",server="s01"} 6',
    'streamherd_archive_returned_bytes_total{holder="s02",server="s01"} 6000',
    'streamherd_archive_return_stuck_packs{server="s01"} 1',
    'streamherd_archive_owed_packs{home="s03",server="s01"} 7',
    'streamherd_archive_owed_bytes{home="s03",server="s01"} 7000',
    'streamherd_archive_resting_bytes{home="s03",server="s01"} 800',
    'streamherd_archive_released_bytes_total{home="s03",server="s01"} 900',
    'streamherd_archive_stream_lost_seconds_total{stream="cam1",server="s01"} 1.5',
  ]) {
    assert.ok(lines.includes(line), line);
  }
  assert.not.match(lines.join('\n'), 'archive_stream_packs{stream="cam2"', 'of as many streams as have lines');
  assert.not.match(lines.join('\n'), 'days_until_full{root="/disk2"');
  assert.not.match((await linesOf(reading())).join('\n'), 'streamherd_archive');
});

test('what was lost has one of a few reasons', () => {
  const kinds = [
    'no root of the archive can be written: /disk1: it is full: 12 MiB left',
    '/disk1: no space is left',
    '/disk1: it has not answered for 5 s',
    'no root of the archive can be written: /disk1: it has no streamherd-archive.json: its disk is not mounted',
    '/disk1: EIO',
    '/disk1: it is read-only',
    'its file in the live folder could not be read: ENOENT',
    'it was not recorded in time',
  ].map(lossReason);
  assert.equal(kinds, ['full', 'full', 'hanging', 'offline', 'refused', 'refused', 'live-folder', 'other']);
});

test.run();
