import { z } from 'zod';

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
  /** ISO 8601, for people. Nothing of who captures is decided by it. */
  readonly since: string;
  /** One sentence. */
  readonly why: string;
  /** The media sequence number that its captures begin with at the earliest; absent: an earlier version wrote it. */
  readonly nextNumber?: number;
  /** What its captures begin to count their discontinuities at; absent: an earlier version wrote it. */
  readonly discontinuities?: number;
  /** Servers that could not reach the source lately, carried over from the vacated record. */
  readonly failedBy?: readonly string[];
  /** An operator moved it here: it is not what is given up to even out. */
  readonly moved?: boolean;
}

export interface VacatedRecord {
  readonly server: null;
  readonly session: null;
  readonly since: string;
  readonly why: string;
  /** The server that claims first; the others wait a grace. */
  readonly heir?: string;
  readonly failedBy?: readonly string[];
  /** An operator wants the heir to have it. */
  readonly moved?: boolean;
  /** The media sequence number that the next capture may begin with at the earliest. */
  readonly nextNumber?: number;
  /** How many its owners have counted. */
  readonly discontinuities?: number;
}

/** What a record says of the numbers in the stream's playlists, to the claim that replaces it. */
export interface RecordedNumbers {
  readonly nextNumber: number | undefined;
  readonly discontinuities: number | undefined;
  /** The owner has handed the stream back, so they are those that were reached. */
  readonly isFinal: boolean;
  /** ISO 8601, by the clock of the server that wrote it. */
  readonly since: string;
}

export function recordedNumbers({ session, nextNumber, discontinuities, since }: OwnerRecord): RecordedNumbers {
  return { nextNumber, discontinuities, isFinal: session === null, since };
}

const text = z.string().max(1024);
const failedBy = z.array(z.string().max(255)).max(100).optional();
const moved = z.boolean().optional();
// Nobody's ownership hangs on it.
const count = z.number().int().nonnegative().optional().catch(undefined);
const numbers = { nextNumber: count, discontinuities: count };
const schema = z.union([
  z.object({
    server: text,
    session: text.min(1),
    rosterRevision: z.number().int().nonnegative(),
    since: text,
    why: text,
    failedBy,
    moved,
    ...numbers,
  }),
  z.object({
    server: z.null(),
    session: z.null(),
    since: text,
    why: text,
    heir: text.optional(),
    failedBy,
    moved,
    ...numbers,
  }),
]);

/** The record, or `undefined` when the text is not one: somebody else wrote the key. */
export function parseOwnerRecord(json: string): OwnerRecord | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data as OwnerRecord | undefined;
  } catch {
    return undefined;
  }
}
