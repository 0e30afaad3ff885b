import { remarksOf, type ServerStatus, type StreamStatus } from '../domain/status.ts';
import type { CameraCounts } from './cameras/camera.ts';

/** What the demo shows at a moment. */
export interface HerdPicture {
  readonly servers: readonly ServerRow[];
  readonly streams: readonly StreamRow[];
}

export interface ServerRow {
  readonly name: string;
  readonly url: string;
  /** Of the process to kill; `undefined` while it does not run. */
  readonly pid: number | undefined;
  /** As the herd says, or what the demo knows: `starting`, `off, back in 7 s`. */
  readonly state: string;
  readonly streams: number;
}

export interface StreamRow {
  readonly name: string;
  readonly server: string | undefined;
  readonly state: string;
  /** ISO 8601. */
  readonly since: string | undefined;
  readonly why: string;
  readonly captureAt: string | undefined;
  /** See `remarksOf`. */
  readonly remarks: readonly string[];
  /** Pulls that its camera serves now, and served at most at a time: the camera's own word for "captured once". */
  readonly pulls: number;
  readonly peakPulls: number;
}

/** What the servers answer to `GET /api/v1/streams` and `/api/v1/servers`. */
export interface HerdAnswer {
  readonly streams: readonly StreamStatus[];
  readonly servers: readonly ServerStatus[];
}

const ANSWER_TIMEOUT_MS = 1000;

/** The view of the first server that answers; `undefined` when none does. */
export async function askHerd(urls: readonly string[]): Promise<HerdAnswer | undefined> {
  for (const url of urls) {
    try {
      const [{ streams }, { servers }] = await Promise.all([
        ask<Pick<HerdAnswer, 'streams'>>(`${url}/api/v1/streams`),
        ask<Pick<HerdAnswer, 'servers'>>(`${url}/api/v1/servers`),
      ]);
      return { streams, servers };
    } catch {
      // It is down, or not up yet: the next may answer.
    }
  }
  return undefined;
}

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}

/** A server of the demo as the demo knows it. */
export interface KnownServer {
  readonly name: string;
  readonly url: string;
  readonly pid: number | undefined;
  /** When it is started again, on the clock of `nowMs`. */
  readonly backAtMs: number | undefined;
}

export function pictureOf(
  known: readonly KnownServer[],
  answer: HerdAnswer | undefined,
  counts: Readonly<Record<string, CameraCounts>>,
  nowMs: number,
): HerdPicture {
  const streams = (answer?.streams ?? []).toSorted((left, right) => left.name.localeCompare(right.name));
  return {
    servers: known.map(({ name, url, pid, backAtMs }) => {
      const status = answer?.servers.find((server) => server.name === name);
      return { name, url, pid, state: stateOf(status, pid, backAtMs, nowMs), streams: status?.streams ?? 0 };
    }),
    streams: streams.map(({ name, server, state, since, why, captureAt, ...status }) => ({
      ...{ name, server, state, since, why, captureAt, remarks: remarksOf({ captureAt, ...status }) },
      pulls: counts[name]?.live ?? 0,
      peakPulls: counts[name]?.peak ?? 0,
    })),
  };
}

function stateOf(
  status: ServerStatus | undefined,
  pid: number | undefined,
  backAtMs: number | undefined,
  nowMs: number,
): string {
  if (pid !== undefined) return status === undefined || status.state === 'down' ? 'starting' : status.state;
  const seconds = Math.max(0, Math.ceil(((backAtMs ?? nowMs) - nowMs) / 1000));
  // The herd has not noticed the loss yet.
  const seen = status !== undefined && status.state !== 'down' ? 'not yet noticed, ' : '';
  return backAtMs === undefined ? 'off' : `off, ${seen}back in ${seconds} s`;
}
