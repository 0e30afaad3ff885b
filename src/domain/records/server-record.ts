import { z } from 'zod';
import { clippedSentence } from '../text/plain-text.ts';
import { type RecordReading, readRecord, sentence } from './record-reading.ts';
import { WIRE_VERSION } from './wire-version.ts';

/** The value of a server's key in the KV bucket `servers`, rewritten by its session at every renewal. */
export interface ServerRecord {
  readonly server: string;
  /** One run of the server process: a fresh random id. */
  readonly session: string;
  /** The roster is the sessions that are `up` or `draining`. `down` is what an eviction, an obituary or a leave writes. */
  readonly state: 'up' | 'draining' | 'down';
  /** The sessions that this session requires for standing by (b) and (c). */
  readonly peers: readonly string[];
  /** What redirects name: `http://s01.myhosting.com:8080`. */
  readonly publicUrl: string;
  /** Where other servers reach this server's HTTP: for playlists. */
  readonly peerUrl: string;
  /** Where it hears direct beats; absent: it does not. */
  readonly beatUrl?: string;
  /** Share of the streams, relative to the other servers. Default 1. */
  readonly capacity: number;
  /** Why it can store no segments: it is given streams only if no other can either. Absent: it can. */
  readonly cannotStore?: string;
  /** Why it can capture nothing, or may not yet: it is given no streams at all. Absent: it can. */
  readonly cannotCapture?: string;
  /** Identify the holder of the data folder's lock: a successor on the same host and folder need not wait. */
  readonly host: string;
  readonly dataDir: string;
  /** A random id of the host's last start. A copy of the machine has the same host and folder, but another boot id. */
  readonly boot?: string;
  /** ISO 8601 start of the session, for people. Never compared. */
  readonly since: string;
  /** ISO 8601: when its key was written `down`, by the clock of the server that wrote it; absent: it is not down, or it is not known. */
  readonly downSince?: string;
  /** Why the state is what it is, one sentence. */
  readonly why: string;
  /** Counts renewals of the session, so that every renewal is a new value. */
  readonly renewal: number;
}

/** What is wrong with a server, as its record says it. */
export type ServerFault = Pick<ServerRecord, 'cannotStore' | 'cannotCapture'>;

const understood = z.object({
  server: z.string(),
  session: z.string().min(1),
  state: z.enum(['up', 'draining', 'down']),
  peers: z.array(z.string()),
  publicUrl: z.string(),
  peerUrl: z.string(),
  beatUrl: z.string().optional(),
  capacity: z.number().positive(),
  cannotStore: sentence.optional(),
  cannotCapture: sentence.optional(),
  host: z.string(),
  dataDir: z.string(),
  boot: z.string().optional(),
  since: z.string(),
  downSince: z.string().optional(),
  why: sentence,
  renewal: z.number().int(),
} satisfies Record<keyof ServerRecord, z.ZodType>);
const { shape } = understood;
/**
 * Only `down` takes a session off the roster: one in a state that is not known keeps what it has and is given nothing. Without peers
 * that are understood it is evicted after Eride alone, because it is not known which sessions vouch for it.
 */
const salvaged = z.object({
  server: shape.server.catch(''),
  session: shape.session,
  state: shape.state.catch('draining'),
  peers: shape.peers.catch([]),
  publicUrl: shape.publicUrl.catch(''),
  peerUrl: shape.peerUrl.catch(''),
  beatUrl: shape.beatUrl.catch(undefined),
  capacity: shape.capacity.catch(1),
  cannotStore: shape.cannotStore.catch(undefined),
  cannotCapture: shape.cannotCapture.catch(undefined),
  host: shape.host.catch(''),
  dataDir: shape.dataDir.catch(''),
  boot: shape.boot.catch(undefined),
  since: shape.since.catch(''),
  downSince: shape.downSince.catch(undefined),
  why: shape.why.catch(''),
  renewal: shape.renewal.catch(0),
} satisfies Record<keyof ServerRecord, z.ZodType>);
const SCHEMAS = { understood, salvaged };

export function serverRecordText(record: ServerRecord): string {
  const { why, cannotStore, cannotCapture } = record;
  return JSON.stringify({
    ...record,
    v: WIRE_VERSION,
    why: clippedSentence(why),
    ...(cannotStore !== undefined && { cannotStore: clippedSentence(cannotStore) }),
    ...(cannotCapture !== undefined && { cannotCapture: clippedSentence(cannotCapture) }),
  });
}

/** Reads `text`, the value of the key `server`. Never throws. */
export function readServerRecord(server: string, text: string): RecordReading<ServerRecord> {
  const reading = readRecord<ServerRecord>(text, () => SCHEMAS);
  const { record } = reading;
  if (record === undefined || record.server === server) return reading;
  // If a session stood under two names, the end of one would end the session.
  return record.server === ''
    ? { ...reading, record: { ...record, server } }
    : { problem: `server: expected ${server}` };
}

/** The record that `text`, the value of the key `server`, holds; `undefined`: it names no session. Never throws. */
export function parseServerRecord(server: string, text: string): ServerRecord | undefined {
  return readServerRecord(server, text).record;
}
