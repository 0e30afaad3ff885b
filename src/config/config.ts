import type { StreamDefinition } from '../domain/stream-definition.ts';
import type { StreamName } from '../domain/stream-name.ts';
import type { Times } from '../domain/times.ts';
import type { Position } from './source-text.ts';

/** A configuration file as read, defaults filled in. */
export interface Config {
  readonly serverName: string;
  readonly http: Listen;
  /** What redirects name; no slash at the end. */
  readonly publicUrl: string;
  /** Where other servers reach this server's HTTP. */
  readonly peerUrl: string;
  /** Absent: streamherd starts a nats-server of its own. */
  readonly nats: readonly string[] | undefined;
  readonly dataDir: string;
  readonly clusterKey?: string;
  readonly editAuth?: EditAuth;
  /** The servers of the group, as the file names them: usually this one among them. */
  readonly peers: readonly Peer[];
  /** Share of the streams, relative to the other servers. */
  readonly capacity: number;
  readonly times: Times;
  readonly live: Live;
  readonly streams: readonly ConfiguredStream[];
}

export interface Listen {
  /** Absent: every address. */
  readonly address?: string;
  readonly port: number;
}

export interface EditAuth {
  readonly user: string;
  readonly password: string;
}

export interface Peer {
  readonly name: string;
  readonly port?: number;
  readonly publicUrl?: string;
  readonly peerUrl: string;
}

export interface Live {
  readonly segmentMs: number;
  /** Segments that a playlist lists. */
  readonly window: number;
}

export interface ConfiguredStream {
  readonly name: StreamName;
  /** Its `appliedFrom` is empty: a file does not know who applies it. */
  readonly definition: StreamDefinition;
  /** Of the word `stream`. */
  readonly position: Position;
}

export const DEFAULT_HTTP_PORT = 8080;
export const DEFAULT_DATA_DIR = '/var/lib/streamherd';
export const DEFAULT_LIVE: Live = { segmentMs: 2000, window: 6 };
export const DEFAULT_CAPACITY = 1;
