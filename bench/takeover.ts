import type { Pull } from '../src/cameras/camera.ts';
import type { StreamStatus } from '../src/domain/status.ts';
import { type ListedSegment, parseMediaPlaylist } from '../src/media/playlist.ts';
import { parseSegmentName } from '../src/media/segment-name.ts';
import { eventually } from '../test/support/eventually.ts';
import type { TestHerd } from '../test/support/herd.ts';

/** How a stream came to its next owner. Camera times are those of its camera, which sees the ends of connections at once. */
export interface Takeover {
  /** From the start of the change to the new owner's pull at the camera. */
  readonly connectionMs: number;
  /** From the end of the old owner's pull to the new one's. */
  readonly unpulledMs: number;
  /** From the start of the change to the first segment in the new owner's playlist. */
  readonly segmentMs: number;
}

const DEADLINE_MS = 30_000;
const LOOK_AGAIN_MS = 5;

/** Of the machine, not of a process: the cameras' process knows its own zero on it. */
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
  const [segmentsAtMs] = await Promise.all([
    Promise.all(streams.map((stream) => firstSegmentAtMs(herd, stream))),
    change(),
  ]);
  const pulls = await herd.cameras.pulls();
  const cameraStartMs = startMs - herd.cameras.started.clockOriginMs;
  return streams.map(({ name }, index) => {
    const next = pulls.find(({ camera, openedAtMs }) => camera === name && openedAtMs > cameraStartMs);
    const old = pulls.find(({ camera, openedAtMs }) => camera === name && openedAtMs <= cameraStartMs);
    if (typeof old?.closedAtMs !== 'number' || next === undefined) throw new Error(`${name} has not changed its owner`);
    return {
      connectionMs: next.openedAtMs - cameraStartMs,
      unpulledMs: next.openedAtMs - old.closedAtMs,
      segmentMs: (segmentsAtMs[index] ?? Number.NaN) - startMs,
    };
  });
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

async function firstSegmentAtMs(herd: TestHerd, { name, epoch = 0 }: StreamStatus): Promise<number> {
  const look = { deadlineMs: DEADLINE_MS, everyMs: LOOK_AGAIN_MS };
  const isNext = (candidate: { readonly epoch?: number }) => (candidate.epoch ?? 0) > epoch;
  const claimed = await eventually(
    `${name} has its next owner`,
    () => herd.bus.eventsOf('stream-claimed', name).find(isNext),
    look,
  );
  const owner = herd.server(claimed.server);
  await eventually(
    `a segment of ${name} at ${owner.name}`,
    async () => (await listed(owner.url, name)).some((segment) => epochOf(segment) > epoch),
    look,
  );
  return monotonicMs();
}
