import { Metrics, type MetricsReading } from '../../src/api/metrics.ts';
import type { ServerStatus, StreamStatus } from '../../src/domain/status.ts';
import { Counts } from '../../src/domain/tally.ts';
import { RETURNS } from './archive/told-returns.ts';

const SINCE = '2026-11-22T06:00:00.000Z';
const stream = (name: string, server: string): StreamStatus => ({
  ...{ name, state: 'live', server, epoch: 7, since: SINCE, why: 'a test' },
});
const server = (name: string): ServerStatus => ({
  ...{ name, state: 'up', session: name, since: SINCE, why: 'a test', url: `http://${name}`, capacity: 1, streams: 1 },
});

const found = (kind: string, by: readonly string[]) => ({ kind, why: 'a test', since: SINCE, by });
const PROBLEMS = [found('beats', ['s01', 's03']), found('clock', ['s03'])];

/** What a server without an archive reads for its metrics. */
export function metricsReading(counts = new Counts()): MetricsReading {
  return {
    streams: [stream('cam1', 's01'), stream('hall/cam2', 's02')],
    servers: [server('s01'), { ...server('s02'), problems: PROBLEMS }],
    clockOffsetsMs: new Map([['s02', -1500]]),
    standing: true,
    busConnected: true,
    spares: 2,
    media: {
      requests: 9,
      redirects: 2,
      segments: 3,
      segmentBytes: 4,
      inFlight: 5,
      viewers: 6,
      certificateExpiresMs: 1e12,
    },
    counts: counts.now,
    control: { meanDelayMs: 1, maxDelayMs: 20, worstDelayMs: 300, heapUsedBytes: 1000, heapTotalBytes: 2000 },
    captures: [{ stream: 'cam1', isLive: true, bitrateKbps: 2000, failures: 3, lastSegmentAgeMs: 1500 }],
  };
}

/** The same of a server with an archive: so it has every metric that there is. */
export function wholeReading(): MetricsReading {
  const recorded = (name: string, lost: object) => {
    const counts = { packs: 3, bytes: 500, recordedMs: 60_000, recordedBytes: 400, lostMs: 1500 };
    return { stream: name, ...counts, lostMsByReason: lost };
  };
  const root = { root: '/disk1', packs: 3, bytes: 500, freeBytes: 1000, totalBytes: 2000, daysUntilFull: 12 };
  const figures = {
    roots: [root, { root: '/disk2', packs: 0, bytes: 0, problem: 'it is full' }],
    streams: [recorded('cam2', { full: 1500 }), recorded('cam1', { hanging: 1500 })],
    returns: RETURNS,
    ...{ delayMs: 250, waitingSegments: 7, clockDoubt: 'it is 9 h ahead' },
  };
  return { ...metricsReading(), archive: { figures, streamLimit: 1 } };
}

export async function metricLines(read: MetricsReading): Promise<readonly string[]> {
  return (await new Metrics('s01', '1.2.3').text(read)).split('\n').filter((line) => line !== '');
}
