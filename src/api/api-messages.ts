import type { MessagePort } from 'node:worker_threads';
import type { StreamDefinition } from '../domain/definition/stream-definition.ts';
import type { PeerLook } from '../domain/peers/peer-verdicts.ts';
import type { PlacementServer, StreamPlacing } from '../domain/placement/placement-input.ts';
import type { ServerStatus, StreamStatus } from '../domain/status.ts';
import type { TallyCounts } from '../domain/tally.ts';
import type { ControlFigures } from '../host/control-delay.ts';
import type { AccessPolicy } from '../http/access/access.ts';
import type { Change, HerdChanges, OperatorAction, ServerOrders } from '../http/api/herd-api.ts';
import type { Asker, CheckTarget } from '../http/beats/peer-check.ts';
import type { MediaFigures, Readiness } from '../http/public/media-messages.ts';
import type { Tools } from '../media/ffmpeg/wrapped-command.ts';
import type { BusAccess } from '../nats/connection/bus-address.ts';

/** What passes between the control thread (api-thread.ts) and the API worker (api-worker.ts). */

/** Fixed for the life of a worker; its `workerData`. */
export interface ApiSettings {
  readonly server: string;
  readonly version: string;
  readonly policy: AccessPolicy;
  /** How many streams get lines of their own in `/metrics`: the first by name of those that this server captures. */
  readonly streamMetrics: number;
  /** The configured duration of segments. */
  readonly segmentMs: number;
  /** By which recordings are exported. */
  readonly tools: Tools;
  /** By which servers ask each other; absent: they do not. */
  readonly clusterKey?: string | undefined;
  /** See `herdPlayKey`. */
  readonly herdPlayKey: string;
}

/** All that the API says of one stream. */
export interface StreamFacts {
  readonly status: StreamStatus;
  /** Of the definition in force; with its passwords. */
  readonly definition?: StreamDefinition;
  /** Of its key in the bucket. */
  readonly revision: number;
  /** For "what if": at the moment of sending. */
  readonly placing?: StreamPlacing;
}

/** The servers of the herd, and those on the roster as plans are made of them at the moment of sending. */
export interface ServerFacts {
  readonly servers: readonly ServerStatus[];
  readonly roster: readonly PlacementServer[];
  /** By how much the clocks of others are ahead of this server's. */
  readonly clockOffsetsMs: ReadonlyMap<string, number>;
  /** Where this server reaches the others, by name. */
  readonly peerUrls: ReadonlyMap<string, string>;
}

/** Of a stream that this server captures. */
export interface CaptureFigures {
  /** When the last segment closed, in milliseconds of Unix time. */
  readonly lastSegmentMs?: number;
  /** Runs of ffmpeg that failed since this server began to capture the stream. */
  readonly failures: number;
}

/** Figures that belong to no single stream or server. They are sent at a fixed pace, however many clients ask. */
export interface ApiState {
  readonly readiness: Readiness;
  readonly counts: TallyCounts;
  readonly media: MediaFigures;
  /** This server may capture. */
  readonly standing: boolean;
  readonly busConnected: boolean;
  /** Ffmpegs that wait for a source. */
  readonly spares: number;
  readonly control: ControlFigures;
}

/** What the control thread does for operators. */
export type Orders = HerdChanges & ServerOrders;

/** A change that an operator wants, by the method of `Orders` that makes it. */
export type Operation = {
  readonly [Method in ChangeName]: { readonly method: Method; readonly args: Parameters<Orders[Method]> };
}[ChangeName];

/** What is answered. */
export type ChangeName = Exclude<keyof Orders, 'acted'>;

export type ToApiWorker =
  /** The other end is the media worker's: requests come through it. */
  | { readonly type: 'media'; readonly port: MessagePort }
  /** The other end is the archive worker's. */
  | { readonly type: 'archive'; readonly port: MessagePort }
  /** For a connection to NATS of its own: it reads events there, and answers `where`. */
  | { readonly type: 'bus'; readonly access: BusAccess }
  /** The users that may see and change things, from now on. */
  | { readonly type: 'policy'; readonly policy: AccessPolicy }
  /** Why the API does not answer yet. */
  | { readonly type: 'starting'; readonly why: string }
  /** From now on the API answers. */
  | { readonly type: 'joined' }
  /** Facts that changed; null: the stream is not defined any more. */
  | { readonly type: 'streams'; readonly streams: readonly (readonly [string, StreamFacts | null])[] }
  | { readonly type: 'servers'; readonly facts: ServerFacts }
  | { readonly type: 'state'; readonly state: ApiState }
  /** Figures that changed; null: this server does not capture the stream any more. */
  | { readonly type: 'captures'; readonly captures: readonly (readonly [string, CaptureFigures | null])[] }
  /** Answered by `looked` with the same id. */
  | { readonly type: 'look'; readonly id: number; readonly targets: readonly CheckTarget[]; readonly asker: Asker }
  | { readonly type: 'operated'; readonly id: number; readonly change: Change };

export type ToApiThread =
  | { readonly type: 'looked'; readonly id: number; readonly looks: readonly PeerLook[] }
  | { readonly type: 'operate'; readonly id: number; readonly operation: Operation }
  | { readonly type: 'acted'; readonly action: OperatorAction }
  | { readonly type: 'remark'; readonly why: string };
