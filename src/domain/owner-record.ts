/**
 * The value of a stream's key in the KV bucket `owners`. The key's revision is the **epoch**, the fencing number.
 * While a session owns the stream the key is never rewritten, so the epoch of a capture is the revision of its claim.
 */
export type OwnerRecord = OwnedRecord | VacatedRecord;

export interface OwnedRecord {
  readonly server: string;
  /** The session that owns the stream. The ownership is live while that session is on the roster. */
  readonly session: string;
  /**
   * A revision of the bucket `servers` at which the session was on the roster. The two buckets have no common order, so a
   * view of the roster that is older than this cannot tell a session that has ended from one that it has not seen yet.
   */
  readonly rosterRevision: number;
  /** ISO 8601, for people. Never compared. */
  readonly since: string;
  /** One sentence. */
  readonly why: string;
  /** Servers that could not reach the source lately, carried over from the vacated record. */
  readonly failedBy?: readonly string[];
}

export interface VacatedRecord {
  readonly server: null;
  readonly session: null;
  readonly since: string;
  readonly why: string;
  /** The server that claims first; the others wait a grace. */
  readonly heir?: string;
  readonly failedBy?: readonly string[];
  /** The media sequence number that the next capture may begin with at the earliest. */
  readonly nextNumber?: number;
}
