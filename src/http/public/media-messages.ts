import type { MessagePort } from 'node:worker_threads';
import type { PlayRules } from '../../domain/access/play-rules.ts';
import type { StreamPlace } from '../../domain/redirect.ts';
import type { LiveSegment } from '../../domain/segments/live-segment.ts';
import type { Stale } from '../../domain/status.ts';
import type { CertificateFiles } from '../../host/tls-certificate.ts';
import type { PartRun } from '../../media/low-latency/low-latency-window.ts';
import type { LiveShape } from '../media/live-stream.ts';
import type { MediaServer } from '../media/media-streams.ts';
import type { CertificateState } from './certificate-watch.ts';

/** What passes between the main thread (media-host.ts) and the media worker (media-worker.ts). */

/** Fixed for the life of a worker; its `workerData`. */
export interface MediaSettings {
  /** The name of this server. */
  readonly server: string;
  readonly address?: string;
  /** 0: any free port. */
  readonly port: number;
  /** The same over TLS. Absent: there is no such port. */
  readonly https?: HttpsSettings;
  /** `<data_dir>/live`: what the worker may delete from. */
  readonly spool: string;
  readonly live: LiveShape;
  /** What an earlier run left in the spool may have to be recorded: it stays until the archive says that it may go. */
  readonly keepsLeftovers: boolean;
  /** The socket for parts of segments. Absent: low latency is off. */
  readonly partsSocket?: string;
  /** The folder for the socket of this host's command line. Absent: there is no socket. */
  readonly localFolder?: string;
  /** The dashboard is for users only: the API answers for it. */
  readonly viewAuth: boolean;
  /** See `TrustedProxies`. */
  readonly trustedProxies: readonly string[];
  readonly play: PlayRules;
  /** See `herdPlayKey`. */
  readonly herdPlayKey: string;
  /** By which other servers sign what they ask for. */
  readonly clusterKey?: string;
  /** See control-pulse.ts. */
  readonly pulse: SharedArrayBuffer;
}

export interface HttpsSettings extends CertificateFiles {
  readonly address?: string;
  /** 0: any free port. */
  readonly port: number;
}

/** What a SIGHUP may change. */
export type MediaAccess = Pick<MediaSettings, 'viewAuth' | 'trustedProxies' | 'play'>;

/** What a worker that begins now is given: only what can cross to another thread. */
export function settingsNow(
  wanted: Omit<MediaSettings, 'pulse' | 'keepsLeftovers'>,
  now: Pick<MediaSettings, 'port' | 'pulse' | 'keepsLeftovers'> & {
    readonly httpsPort: number | undefined;
    readonly access: MediaAccess;
  },
): MediaSettings {
  const { server, address, https, spool, live, localFolder, partsSocket, clusterKey, herdPlayKey } = wanted;
  const { access, httpsPort, ...rest } = now;
  return {
    ...{ server, spool, live, herdPlayKey, ...access, ...rest },
    ...(localFolder !== undefined && { localFolder }),
    ...(partsSocket !== undefined && { partsSocket }),
    ...(clusterKey !== undefined && { clusterKey }),
    ...(address !== undefined && { address }),
    ...(https !== undefined && { https: { ...https, port: httpsPort ?? https.port } }),
  };
}

export type ToMediaWorker =
  | { readonly type: 'stream'; readonly stream: string; readonly place: StreamPlace }
  | { readonly type: 'forget'; readonly stream: string }
  | { readonly type: 'segment'; readonly segment: LiveSegment }
  /** What the connection of that id carries from now on (see `tapNumbers`); `run` absent: nothing more. */
  | { readonly type: 'tap'; readonly id: number; readonly run?: PartRun }
  /** The live servers of the herd, this one included. */
  | { readonly type: 'servers'; readonly servers: readonly MediaServer[] }
  /** Answered by `heard` with the same id, after everything before it. */
  | { readonly type: 'hear'; readonly id: number }
  | { readonly type: 'access'; readonly access: MediaAccess }
  | { readonly type: 'close' }
  | { readonly type: 'preview'; readonly id: number; readonly image: Uint8Array | null; readonly why: string }
  /** The other end is the API worker's. */
  | { readonly type: 'api'; readonly port: MessagePort }
  /** The other end is the archive worker's. */
  | { readonly type: 'archive'; readonly port: MessagePort }
  | { readonly type: 'readiness'; readonly readiness: Readiness };

export type ToMediaHost =
  | { readonly type: 'listening'; readonly port: number; readonly httpsPort?: number }
  | { readonly type: 'certificate'; readonly state: CertificateState }
  | { readonly type: 'listen-failed'; readonly why: string }
  | { readonly type: 'heard'; readonly id: number }
  | { readonly type: 'remark'; readonly why: string }
  | { readonly type: 'figures'; readonly figures: MediaFigures }
  | { readonly type: 'preview-wanted'; readonly id: number; readonly file: string };

/** Whether this server stands in its herd: what `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  readonly why: string;
  readonly stale?: Stale;
}

/** Sums since the worker started, except `inFlight` and `viewers`. */
export interface MediaFigures {
  readonly requests: number;
  readonly redirects: number;
  readonly segments: number;
  readonly segmentBytes: number;
  /** Requests being answered now. */
  readonly inFlight: number;
  /** Viewers of MPEG-TS now. */
  readonly viewers: number;
  /** Of the HTTPS port, Unix; absent: there is none. */
  readonly certificateExpiresMs?: number;
}

/** One bridged request, from the media worker to the API worker: its body is whole, its answer comes in pieces, each acknowledged. */
export type ToApiHost =
  | {
      readonly type: 'api-request';
      readonly id: number;
      readonly method: string;
      /** Path and query as the client sent them. */
      readonly target: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array | null;
      readonly remoteAddress: string;
      /** By the HTTPS port. */
      readonly isSecure: boolean;
      /** By the socket in the data folder. */
      readonly isLocal: boolean;
    }
  /** The client has gone, or was refused: no more of the answer is wanted, and none is acknowledged. */
  | { readonly type: 'api-abort'; readonly id: number }
  /** The client took a piece. */
  | { readonly type: 'api-taken'; readonly id: number };

export type ToApiBridge =
  | {
      readonly type: 'api-head';
      readonly id: number;
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
    }
  | { readonly type: 'api-piece'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: 'api-end'; readonly id: number }
  | { readonly type: 'api-failed'; readonly id: number };
