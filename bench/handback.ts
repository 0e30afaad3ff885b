import type { ListedSegment } from '../src/media/playlist.ts';
import { eventually } from '../test/support/eventually.ts';
import { withHerd } from '../test/support/herd.ts';
import type { TestHerd } from '../test/support/test-herd.ts';
import type { Bench } from './bench.ts';
import { spreadMs } from './spread.ts';
import { epochOf, listed, overlapMs, type Takeover, takeovers } from './takeover.ts';

const SERVERS = 3;
/** One server has one stream more than each other: when one of its streams moves, the herd is as even as before. */
const STREAMS = 4;
const ROUNDS = 10;
/** How often the viewer polls, as players do with segments of 2 s. */
const POLL_MS = 1000;
const OPTIONS = { servers: SERVERS, cameras: STREAMS, live: { segment: '2s' } } as const;

/**
 * A stream that one server hands back to another, as after the return of a server: for how long no server pulls the camera,
 * and what a viewer of the third server misses.
 */
export async function bench(): Promise<Bench> {
  const moves: Takeover[] = [];
  const missingMs: number[] = [];
  let twiceMs = 0;
  await withHerd(OPTIONS, async (herd) => {
    for (let round = 0; round < ROUNDS; round++) {
      const { takeover, seen } = await moveOne(herd);
      moves.push(takeover);
      missingMs.push(missingOf(seen));
      twiceMs = Math.max(twiceMs, overlapMs(await herd.cameras.pulls()));
    }
  });
  const row = (what: string, valuesMs: readonly number[]) => ({ what, ...spreadMs(valuesMs) });
  const rows = [
    row(
      'camera not pulled',
      moves.map(({ unpulledMs }) => unpulledMs),
    ),
    row(
      'order to the new connection',
      moves.map(({ connectionMs }) => connectionMs),
    ),
    row(
      'order to the new segment',
      moves.map(({ segmentMs }) => segmentMs),
    ),
    row('media that a viewer misses', missingMs),
    row('camera pulled twice', [twiceMs]),
  ];
  return { name: `hand-back of a stream: ${ROUNDS} rounds`, rows };
}

async function moveOne(herd: TestHerd): Promise<{ takeover: Takeover; seen: readonly ListedSegment[] }> {
  await herd.whole();
  const groups = [...(await herd.byServer())].sort(([, left], [, right]) => right.length - left.length);
  const [[from, [name = ''] = []] = ['', []], [to] = ['']] = groups;
  const entry = herd.servers.find((server) => server.name !== from && server.name !== to);
  if (entry === undefined) throw new Error('there is no third server');
  const before = await herd.stream(name);
  const viewer = watch(entry.url, name);
  try {
    await viewer.hasSeen(before.epoch ?? 0);
    const [takeover] = await takeovers(herd, [before], () => herd.move(name, to));
    await viewer.hasSeen((before.epoch ?? 0) + 1);
    if (takeover === undefined) throw new Error(`${name} has not moved`);
    return { takeover, seen: viewer.seen };
  } finally {
    await viewer.stop();
  }
}

/** From the end of the last segment of the old owner to the begin of the first one of the new, by the dates of both. */
function missingOf(seen: readonly ListedSegment[]): number {
  const newest = Math.max(...seen.map(epochOf));
  const starts = seen.filter((segment) => epochOf(segment) === newest).map(({ startMs = Number.NaN }) => startMs);
  const ends = seen
    .filter((segment) => epochOf(segment) < newest)
    .map(({ startMs = Number.NaN, durationMs }) => startMs + durationMs);
  return Math.min(...starts) - Math.max(...ends);
}

/** A viewer: every segment that its polls have listed. */
function watch(serverUrl: string, stream: string) {
  const seen = new Map<string, ListedSegment>();
  const stopping = new AbortController();
  const polling = (async () => {
    while (!stopping.signal.aborted) {
      for (const segment of await listed(serverUrl, stream)) seen.set(segment.uri, segment);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  return {
    get seen() {
      return [...seen.values()];
    },
    /** A segment of that epoch or a later one. */
    hasSeen: (epoch: number) =>
      eventually(`a viewer sees ${stream}`, () => [...seen.values()].some((segment) => epochOf(segment) >= epoch)),
    stop: async () => {
      stopping.abort();
      await polling;
    },
  };
}
