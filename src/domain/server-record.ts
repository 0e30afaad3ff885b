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
  /** Why it can capture nothing: it is given no streams at all. Absent: it can. */
  readonly cannotCapture?: string;
  /** Identify the holder of the data folder's lock: a successor on the same host and folder need not wait. */
  readonly host: string;
  readonly dataDir: string;
  /** ISO 8601 start of the session, for people. Never compared. */
  readonly since: string;
  /** Why the state is what it is, one sentence. */
  readonly why: string;
  /** Counts renewals of the session, so that every renewal is a new value. */
  readonly renewal: number;
}

/** What is wrong with a server, as its record says it. */
export type ServerFault = Pick<ServerRecord, 'cannotStore' | 'cannotCapture'>;

/** More than a hundred peers and their predecessors never make. Longer texts are refused unread. */
export const MAX_SERVER_RECORD_CHARACTERS = 16_384;

export function serverRecordText(record: ServerRecord): string {
  return JSON.stringify(record);
}

/** The record that `text`, the value of the key `server`, holds; `undefined` when it holds none. Never throws. */
export function parseServerRecord(server: string, text: string): ServerRecord | undefined {
  if (text.length > MAX_SERVER_RECORD_CHARACTERS) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isServerRecord(value) && value.server === server ? value : undefined;
}

function isServerRecord(value: unknown): value is ServerRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Readonly<Record<string, unknown>>;
  const texts = ['server', 'session', 'publicUrl', 'peerUrl', 'host', 'dataDir', 'since', 'why'];
  return (
    texts.every((word) => typeof record[word] === 'string') &&
    (record.state === 'up' || record.state === 'draining' || record.state === 'down') &&
    Array.isArray(record.peers) &&
    record.peers.every((peer) => typeof peer === 'string') &&
    [record.beatUrl, record.cannotStore, record.cannotCapture].every(
      (text) => text === undefined || typeof text === 'string',
    ) &&
    typeof record.capacity === 'number' &&
    record.capacity > 0 &&
    Number.isSafeInteger(record.renewal)
  );
}
