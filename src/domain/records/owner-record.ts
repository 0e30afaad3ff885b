import { z } from 'zod';
import { clippedSentence } from '../text/plain-text.ts';
import { fieldOf, type RecordReading, readRecord, sentence } from './record-reading.ts';
import { WIRE_VERSION } from './wire-version.ts';

/**
 * The value of a stream's key in the KV bucket `owners`. The revision of a claim is the **epoch**, the fencing number. While a session
 * owns the stream the key is rewritten for one reason only, by the session itself: the stream has another home. See `epochOf`.
 */
export type OwnerRecord = OwnedRecord | VacatedRecord;

export interface OwnedRecord {
  readonly server: string;
  /** The session that owns the stream. The ownership is live while that session is on the roster. */
  readonly session: string;
  /**
   * A revision of the bucket `servers` at which the session was on the roster. The two buckets have no common order, so a
   * view of the roster that is older than this cannot tell a session that has ended from one that it has not seen yet.
   * Infinity: the record does not say, so only a view that has seen the session end can tell.
   */
  readonly rosterRevision: number;
  /** ISO 8601, for people. No decision about captures uses it. */
  readonly since: string;
  /** One sentence. */
  readonly why: string;
  /** The media sequence number that its captures begin with at the earliest; absent: an earlier version wrote it. */
  readonly nextNumber?: number;
  /** What its captures begin to count their discontinuities at; absent: an earlier version wrote it. */
  readonly discontinuities?: number;
  /** Servers that could not capture it lately, carried over from the vacated record. */
  readonly failedBy?: readonly string[];
  /** Those of them that failed through their own fault, not the source's. */
  readonly unfitBy?: readonly string[];
  /** An operator moved it here: it is not given up for evenness. */
  readonly moved?: boolean;
  /** Where its recordings belong, unless `capture_at` says it; absent: an earlier version wrote it, and it is the owner. */
  readonly home?: string;
  /** The revision of the claim, in a record that its owner has rewritten; absent: the key's own. */
  readonly epoch?: number;
}

export interface VacatedRecord {
  readonly server: null;
  readonly session: null;
  readonly since: string;
  readonly why: string;
  /** The server that claims first; the others wait a grace. */
  readonly heir?: string;
  readonly failedBy?: readonly string[];
  readonly unfitBy?: readonly string[];
  /** An operator wants the heir to have it. */
  readonly moved?: boolean;
  /** As that of an owned record; absent: an earlier version wrote it, and it will be the server that claims it. */
  readonly home?: string;
  /** The media sequence number that the next capture may begin with at the earliest. */
  readonly nextNumber?: number;
  /** How many its owners have counted. */
  readonly discontinuities?: number;
}

/** The fencing number under which the stream is captured, of a record at this revision of its key. */
export function epochOf(record: OwnerRecord | undefined, revision: number): number {
  const epoch = record === undefined || record.session === null ? undefined : record.epoch;
  // A claim is older than what was written later.
  return epoch === undefined || epoch > revision ? revision : epoch;
}

/** What a record says of the numbers in the stream's playlists, to the claim that replaces it. */
export interface RecordedNumbers {
  readonly nextNumber: number | undefined;
  readonly discontinuities: number | undefined;
  /** The owner has handed the stream back, so the numbers are exact. */
  readonly isFinal: boolean;
  /** ISO 8601, by the clock of the server that wrote it. */
  readonly since: string;
}

export function recordedNumbers({ session, nextNumber, discontinuities, since }: OwnerRecord): RecordedNumbers {
  return { nextNumber, discontinuities, isFinal: session === null, since };
}

/** Stands for a server's name that is not understood. No server has this name. */
export const NAMELESS = '?';
/** As many as a herd has servers; of more, the last that failed. */
const MAX_FAILED = 100;

const count = z.number().int().nonnegative();
const failedBy = z
  .array(z.string())
  .transform((servers) => servers.slice(-MAX_FAILED))
  .optional();
// No ownership depends on it.
const unfitBy = failedBy.catch(undefined);
const moved = z.boolean().optional();
// No ownership depends on them.
const numbers = { nextNumber: count.optional().catch(undefined), discontinuities: count.optional().catch(undefined) };
const home = z.string().min(1).optional().catch(undefined);
const common = { since: z.string(), why: sentence, failedBy, unfitBy, moved, home, ...numbers };
const owned = z.object({
  server: z.string(),
  session: z.string().min(1),
  rosterRevision: count,
  epoch: count.optional(),
  ...common,
} satisfies Record<keyof OwnedRecord, z.ZodType>);
const vacated = z.object({
  server: z.null(),
  session: z.null(),
  heir: z.string().optional(),
  ...common,
} satisfies Record<keyof VacatedRecord, z.ZodType>);
const salvagedCommon = {
  since: common.since.catch(''),
  why: common.why.catch(''),
  failedBy: failedBy.catch(undefined),
  unfitBy,
  moved: moved.catch(undefined),
  home,
  ...numbers,
};
const OWNED = {
  understood: owned,
  salvaged: owned.extend({
    server: owned.shape.server.catch(NAMELESS),
    rosterRevision: count.catch(Number.POSITIVE_INFINITY),
    epoch: owned.shape.epoch.catch(undefined),
    ...salvagedCommon,
  }),
};
const VACATED = {
  understood: vacated,
  salvaged: vacated.extend({
    server: z.null().catch(null),
    heir: vacated.shape.heir.catch(undefined),
    ...salvagedCommon,
  }),
};

export function ownerRecordText(record: OwnerRecord): string {
  const { why, failedBy: failed, unfitBy: unfit } = record;
  return JSON.stringify({
    ...record,
    v: WIRE_VERSION,
    why: clippedSentence(why),
    ...(failed !== undefined && { failedBy: failed.slice(-MAX_FAILED) }),
    ...(unfit !== undefined && { unfitBy: unfit.slice(-MAX_FAILED) }),
  });
}

/** Reads the value of a key. Whether a stream is owned is said by `session` alone. Never throws. */
export function readOwnerRecord(text: string): RecordReading<OwnerRecord> {
  return readRecord(text, (value) => (fieldOf(value, 'session') === null ? VACATED : OWNED));
}

/** The record, or `undefined` when the text is not one: another program wrote the key. */
export function parseOwnerRecord(text: string): OwnerRecord | undefined {
  return readOwnerRecord(text).record;
}
