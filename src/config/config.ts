import { join, resolve } from 'node:path';
import type { StreamDefinition } from '../domain/definition/stream-definition.ts';
import type { StreamName } from '../domain/definition/stream-name.ts';
import type { LogSettings } from '../domain/log.ts';
import type { Receiver } from '../domain/notify/receiver.ts';
import type { DayHours } from '../domain/text/day-hours.ts';
import type { Times } from '../domain/times.ts';
import type { Access } from './reading/read-access.ts';
import type { Position } from './syntax/source-text.ts';

/** A configuration file as read, defaults filled in. */
export interface Config {
  readonly serverName: string;
  readonly http: Listen;
  /** The same over TLS. Absent: there is no such port. */
  readonly https?: Https;
  /** Where beats that the bus does not carry are heard. Port 0: any. Absent: `defaultBeats`. */
  readonly beats?: Listen;
  /** What redirects name; no slash at the end. */
  readonly publicUrl: string;
  /** Where other servers reach this server's HTTP. Default: `public_url` where the file gives it. */
  readonly peerUrl: string;
  /** Absent: streamherd starts a nats-server of its own. */
  readonly nats: readonly string[] | undefined;
  readonly dataDir: string;
  /** Where live segments lie. Absent: `<data_dir>/live`. */
  readonly liveDir?: string;
  readonly archive: Archive;
  readonly archiveReturn: ArchiveReturn;
  readonly clusterKey?: string;
  readonly access: Access;
  /** The servers of the group, as the file names them: usually this one among them. */
  readonly peers: readonly Peer[];
  /** Share of the streams, relative to the other servers. */
  readonly capacity: number;
  /** Streams of which `/metrics` has lines of their own; 0: none. */
  readonly streamMetrics: number;
  readonly times: Times;
  readonly live: Live;
  readonly log: LogSettings;
  /** What is told of events of this server. */
  readonly notify: readonly Receiver[];
  readonly streams: readonly ConfiguredStream[];
}

export interface Listen {
  /** Absent: every address. */
  readonly address?: string;
  readonly port: number;
}

export interface Https extends Listen {
  /** PEM, both read again when they change. */
  readonly certFile: string;
  readonly keyFile: string;
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
  readonly lowLatency: boolean;
}

/** Where and how streams with `dvr` are recorded. */
export interface Archive {
  /** Empty: `<data_dir>/archive`. */
  readonly roots: readonly ArchiveRoot[];
  /** A power loss may take recordings of at most this length. */
  readonly syncMs: number;
  /** Each recording is read back once in this time; `null`: never. */
  readonly verifyMs: number | null;
  /** A command and its arguments, run for each pack that is closed. */
  readonly onPack?: readonly string[];
}

export interface ArchiveRoot {
  readonly path: string;
  /** Of the whole disk, from 0 to 1: what stays free. */
  readonly reserve: number;
}

/** How what other servers recorded for this one comes home, and when this server erases what it recorded for others. */
export interface ArchiveReturn {
  /** Bytes a second, of all that returns to this server; absent: as much as recordings and viewers leave. */
  readonly rateBytes?: number;
  /** Local time; empty: always. */
  readonly hours: readonly DayHours[];
  /** From a receipt to the second question, after which the copy is erased. */
  readonly graceMs: number;
  /** A server that has been away for so long loses its claim to what others recorded for it; `null`: never. */
  readonly adoptMs: number | null;
}

export interface ConfiguredStream {
  readonly name: StreamName;
  /** Its `appliedFrom` is empty: a file does not know which server applies it. */
  readonly definition: StreamDefinition;
  /** Of the word `stream`. */
  readonly position: Position;
}

export const DEFAULT_HTTP_PORT = 8080;
/** Not the next port: servers on one host often have HTTP ports in a row. */
const BEATS_PORT_OFFSET = 1000;
const MAX_PORT = 65_535;

/** The port for direct beats when the file names none. It follows from the HTTP port, so that a firewall rule can name it. */
export function defaultBeats({ port, ...address }: Listen): Listen {
  const beats = port + BEATS_PORT_OFFSET;
  return { ...address, port: beats <= MAX_PORT ? beats : 0 };
}

/** Absolute, as all that follow from the data folder. */
export function liveFolderOf({ dataDir, liveDir }: Pick<Config, 'dataDir' | 'liveDir'>): string {
  return resolve(liveDir ?? join(dataDir, 'live'));
}

export function archiveRootsOf({ dataDir, archive }: Pick<Config, 'dataDir' | 'archive'>): readonly ArchiveRoot[] {
  if (archive.roots.length > 0) return archive.roots;
  return [{ path: join(resolve(dataDir), 'archive'), reserve: DEFAULT_RESERVE }];
}

/** How programs of this host reach the server's HTTP. */
export function localUrl({ http: { address, port } }: Pick<Config, 'http'>): string {
  if (address === undefined || address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

export const DEFAULT_DATA_DIR = '/var/lib/streamherd';
export const DEFAULT_LIVE: Live = { segmentMs: 2000, window: 6, lowLatency: false };
export const DEFAULT_RESERVE = 0.05;
export const DEFAULT_ARCHIVE: Archive = { roots: [], syncMs: 10_000, verifyMs: 30 * 86_400_000 };
export const DEFAULT_ARCHIVE_RETURN: ArchiveReturn = { hours: [], graceMs: 3_600_000, adoptMs: 7 * 86_400_000 };
export const DEFAULT_CAPACITY = 1;
export const DEFAULT_STREAM_METRICS = 1000;
