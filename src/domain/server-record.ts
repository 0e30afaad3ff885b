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
  /** Where other servers reach this server's HTTP: for direct beats and playlists. */
  readonly peerUrl: string;
  /** Share of the streams, relative to the other servers. Default 1. */
  readonly capacity: number;
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
