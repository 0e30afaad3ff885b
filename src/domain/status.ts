import type { PushStatus } from './push/push-status.ts';

/** What the API, the `where` service, the command line and the dashboard say of streams and servers. */

export const CAPTURE_STATES = ['connecting', 'live', 'stalled', 'backing-off', 'stopping'] as const;
export type CaptureState = (typeof CAPTURE_STATES)[number];

/** Of an owner. */
export const OWNER_STATES = ['claiming', 'handing-back', ...CAPTURE_STATES] as const;

/** `idle`: no server captures it right now. `stopped`: disabled. The others as its owner says. */
export const STREAM_STATES = ['stopped', 'idle', ...OWNER_STATES] as const;

/** `draining`: it gives up what it has. `drained`: it has nothing more. */
export const SERVER_STATES = ['up', 'draining', 'drained', 'down'] as const;

export interface StreamStatus {
  readonly name: string;
  readonly title?: string;
  readonly state: (typeof STREAM_STATES)[number];
  /** The live owner, if any. */
  readonly server?: string;
  readonly epoch?: number;
  /** ISO 8601. */
  readonly since?: string;
  /** Why this server has it, or why no server has it. */
  readonly why: string;
  readonly captureAt?: string;
  /** Where its recordings belong: `captureAt`, or the server that had it when it last moved for good. */
  readonly home?: string;
  /** No server of the name in `captureAt` is known: it is not merely away. */
  readonly unknownHome?: true;
  readonly bitrateKbps?: number;
  /** Index of the input in use, from 0, of so many. */
  readonly input?: number;
  readonly inputs?: number;
  /** The codec of its source's sound, by ffmpeg's name; what MPEG-TS cannot carry is encoded as AAC. */
  readonly sound?: string;
  /** The last source error, scrubbed. */
  readonly error?: string;
  /** Why players will not play what is captured, or not all of it, and what to do. */
  readonly remark?: string;
  /** Where its owner pushes it to; absent: nowhere, or nothing is captured yet. */
  readonly pushes?: readonly PushStatus[];
  /** Why the newest definition in the bucket was refused; the last good definition is in force. */
  readonly refused?: string;
  readonly urls?: StreamUrls;
}

type Remarkable = {
  readonly [Key in 'input' | 'inputs' | 'captureAt' | 'unknownHome' | 'home' | 'server' | 'pushes']?:
    | StreamStatus[Key]
    | undefined;
};

/** Remarks that a table shows beside the state of a stream, a clause each: deviations from its definition. */
export function remarksOf(stream: Remarkable): string[] {
  const { input = 0, inputs = 0, captureAt, unknownHome, home, server, pushes = [] } = stream;
  const onInput = input > 0 && input < inputs ? [`on input ${input + 1} of ${inputs}`] : [];
  const atHome = unknownHome ? [`its capture_at names ${captureAt}, and no server of that name is known`] : [];
  const isAway = server !== undefined && home !== undefined && home !== server && !unknownHome;
  const failing = pushes.filter(({ state }) => state === 'failing').map(({ to, why }) => `push to ${to} fails: ${why}`);
  return [...onInput, ...atHome, ...(isAway ? [`away from its home ${home}`] : []), ...failing];
}

export interface StreamUrls {
  readonly hls: string;
  readonly mpegts: string;
  /** Absent: low latency is off. */
  readonly lowLatency?: string;
}

export interface ServerStatus {
  readonly name: string;
  readonly state: (typeof SERVER_STATES)[number];
  readonly session: string;
  readonly since: string;
  readonly why: string;
  readonly url: string;
  readonly capacity: number;
  /** Streams it owns now. */
  readonly streams: number;
  /** What servers of the herd find wrong with it; absent: nothing. */
  readonly problems?: readonly ServerProblem[];
}

/** See `ProblemKind`; a server of another version may know further kinds. */
export interface ServerProblem {
  readonly kind: string;
  /** One sentence about "it", the server concerned. */
  readonly why: string;
  /** ISO 8601, by the one that found it first. */
  readonly since: string;
  /** The servers that find it, sorted. */
  readonly by: readonly string[];
}

/** The answer may be old: it is from the last view. */
export interface Stale {
  /** ISO 8601. */
  readonly since: string;
  readonly why: string;
}

/** The answer of `where.<stream>` and `GET /api/v1/where/<stream>`. */
export type WhereAnswer =
  | {
      readonly found: 'live';
      readonly stream: string;
      readonly server: string;
      readonly url: string;
      readonly epoch: number;
      readonly state: string;
      /** Where its recordings belong. */
      readonly home?: string;
      readonly urls: StreamUrls;
    }
  | { readonly found: 'nowhere'; readonly stream: string; readonly why: string }
  | { readonly found: 'unknown'; readonly stream: string };

/** The answer of `GET /api/v1/what-if`. */
export interface WhatIfAnswer {
  readonly without: string;
  /** The streams of that server with where each would go, and those of others that would move as well. */
  readonly moves: readonly PlannedMove[];
  /** Streams that no other server could take. */
  readonly nowhere: readonly { readonly stream: string; readonly why: string }[];
  /** How many streams each server has now, and would have then. */
  readonly servers: readonly { readonly name: string; readonly before: number; readonly after: number }[];
}

export interface PlannedMove {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}
