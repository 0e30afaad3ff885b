import type { Pull } from '../src/demo/cameras/camera.ts';
import type { StreamStatus } from '../src/domain/status.ts';
import { type ListedSegment, parseMediaPlaylist } from '../src/media/playlist.ts';
import { parseSegmentName } from '../src/media/segment-name.ts';
import { eventually } from '../test/support/eventually.ts';
import type { TestHerd } from '../test/support/test-herd.ts';

/** How a stream came to its next owner. Camera times are those of its camera, which sees the ends of connections at once. */
export interface Takeover {
  /** From the start of the change to the new owner's pull at the camera. */
  readonly connectionMs: number;
  /** From the end of the old owner's pull to the new one's. */
  readonly unpulledMs: number;
  /** From the start of the change to the first segment in the new owner's playlist. */
  readonly segmentMs: number;
}

const LOOK = { deadlineMs: 30_000, everyMs: 25 };

/** The clock of the machine, not of a process: the cameras' process tells where its own time begins on it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Does `change`, which makes each of `streams` change its owner, and follows every one to its next. */
export async function takeovers(
  herd: TestHerd,
  streams: readonly StreamStatus[],
  change: () => Promise<unknown>,
): Promise<readonly Takeover[]> {
  await herd.cameras.resetCounts();
  const startMs = monotonicMs();
  const cameraStartMs = startMs - herd.cameras.started.clockOriginMs;
  const follow = async () => {
    const pulls = await pullsAfter(herd, streams, cameraStartMs);
    return Promise.all(
      streams.map(async (stream, index) => ({ pull: pulls[index], segmentAtMs: await firstSegmentAtMs(herd, stream) })),
    );
  };
  const [, followed] = await Promise.all([change(), follow()]);
  return followed.map(({ pull, segmentAtMs }) => ({
    connectionMs: (pull?.beganMs ?? Number.NaN) - cameraStartMs,
    unpulledMs: (pull?.beganMs ?? Number.NaN) - (pull?.endedMs ?? Number.NaN),
    segmentMs: segmentAtMs - startMs,
  }));
}

/** The longest time for which any camera was pulled twice. */
export function overlapMs(pulls: readonly Pull[]): number {
  const byCamera = new Map<string, Pull[]>();
  for (const pull of pulls) byCamera.set(pull.camera, [...(byCamera.get(pull.camera) ?? []), pull]);
  const overlaps = [...byCamera.values()].flatMap((of) =>
    of.slice(1).map((pull, index) => (of[index]?.closedAtMs ?? Number.POSITIVE_INFINITY) - pull.openedAtMs),
  );
  return Math.max(0, ...overlaps);
}

/** The segments that a server's playlist lists now; the server holds the answer while there is none. */
export async function listed(serverUrl: string, stream: string): Promise<readonly ListedSegment[]> {
  const response = await fetch(`${serverUrl}/${stream}/video.m3u8`);
  const read = parseMediaPlaylist(await response.text());
  return read.ok ? read.playlist.segments : [];
}

export function epochOf(segment: ListedSegment): number {
  return parseSegmentName(segment.uri)?.epoch ?? 0;
}

/**
 * For each stream when its pull at `sinceMs` ended and the next one began. The cameras write both down, so rare looks lose
 * no precision, and frequent looks would slow down the servers that take over.
 */
async function pullsAfter(
  herd: TestHerd,
  streams: readonly StreamStatus[],
  sinceMs: number,
): Promise<readonly { readonly endedMs: number; readonly beganMs: number }[]> {
  return eventually(
    'every stream is pulled by its next owner',
    async () => {
      const pulls = await herd.cameras.pulls();
      const changed = streams.flatMap(({ name }) => {
        const next = pulls.find(({ camera, openedAtMs }) => camera === name && openedAtMs > sinceMs);
        const old = pulls.find(({ camera, openedAtMs }) => camera === name && openedAtMs <= sinceMs);
        const endedMs = old?.closedAtMs;
        return next === undefined || typeof endedMs !== 'number' ? [] : [{ endedMs, beganMs: next.openedAtMs }];
      });
      return changed.length === streams.length && changed;
    },
    LOOK,
  );
}

async function firstSegmentAtMs(herd: TestHerd, stream: StreamStatus): Promise<number> {
  const { name, epoch = 0 } = stream;
  const owner = await eventually(`the next owner of ${name}`, () => nextOwner(herd, stream), LOOK);
  await eventually(
    `a segment of ${name} at ${owner}`,
    async () => (await listed(herd.server(owner).url, name)).some((segment) => epochOf(segment) > epoch),
    LOOK,
  );
  return monotonicMs();
}

/** The answer of the first server that knows it: a server may be lost, or stand still. */
async function nextOwner(herd: TestHerd, { name, epoch = 0 }: StreamStatus): Promise<string> {
  return Promise.any(
    herd.servers.map(async (server) => {
      const found = (await server.streams()).find((stream) => stream.name === name);
      if (found?.server === undefined || (found.epoch ?? 0) <= epoch) throw new Error('it knows of none');
      return found.server;
    }),
  );
}
