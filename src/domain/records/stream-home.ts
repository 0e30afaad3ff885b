import { NAMELESS, type OwnerRecord } from './owner-record.ts';
import type { ServerRecord } from './server-record.ts';

/**
 * The server where the recordings of a stream belong: its `capture_at` host, whatever the record says, else the home in its owner's
 * record. `undefined`: it has none, because no server has claimed it yet.
 */
export function homeOf(
  definition: { readonly captureAt?: string } | undefined,
  record: OwnerRecord | undefined,
): string | undefined {
  return definition?.captureAt ?? recordedHome(record);
}

/** The home that the record says, or that a record of an earlier version means. */
export function recordedHome(record: OwnerRecord | undefined): string | undefined {
  if (record === undefined || record.session === null) return record?.home;
  return record.home ?? (record.server === NAMELESS ? undefined : record.server);
}

/**
 * The home that a claim by `server` records. The home of the record that it replaces stays: a server that claims what another has lost, or
 * has given up in an emergency, stands in for the home. `before`: absent where there was none, and where the stream was given up for good.
 */
export function homeAtClaim(server: string, captureAt: string | undefined, before: string | undefined): string {
  return captureAt === server ? server : (before ?? server);
}

/** A move for which the server that takes a stream becomes its home. `from-home`: only if the one that gives it up is its home. */
export type ForGood = 'always' | 'from-home';

/**
 * The home that the record says by which `server` hands a stream on. Whether the stream is at home is asked of the record that is replaced, and
 * not when the move is planned: the owner may have made itself the home since (O12).
 *
 * @param recorded the home in the record that is replaced
 */
export function homeHandedOn(
  server: string,
  captureAt: string | undefined,
  recorded: string | undefined,
  { heir, forGood }: { readonly heir: string | undefined; readonly forGood?: ForGood | undefined },
): string | undefined {
  const isAtHome = (captureAt ?? recorded ?? server) === server;
  const isForGood = forGood === 'always' || (forGood === 'from-home' && isAtHome);
  return isForGood && heir !== undefined ? heir : recorded;
}

/** Whether a server is there, as the bucket `servers` says it. */
export interface ServerPresence {
  /** `removed`: an operator took it off the list. */
  readonly state: ServerRecord['state'] | 'removed';
  /** Unix milliseconds: since when it has been down. Absent: it is not, or that is not known. */
  readonly awaySinceMs?: number | undefined;
}

export function presenceOf({ state, downSince }: Pick<ServerRecord, 'state' | 'downSince'>): ServerPresence {
  const awaySinceMs = state === 'down' && downSince !== undefined ? Date.parse(downSince) : Number.NaN;
  return { state, ...(Number.isFinite(awaySinceMs) && { awaySinceMs }) };
}

/** A wall clock that was set wrong is mostly right again by then. */
const SEEN_DOWN_MS = 3600_000;

export interface HomeQuestion {
  /** `undefined`: nothing is known of it. */
  readonly presence: ServerPresence | undefined;
  readonly nowUnixMs: number;
  /** For how long this process has seen it down, by the monotonic clock: its record says that by the wall clock of another server. */
  readonly seenDownMs: number;
  /** For how long a home may be away; infinite: for ever. */
  readonly adoptMs: number;
}

/**
 * Whether a home has lost its claim: it was removed, or has been away for `adoptMs`. A server of which nothing is known has not: the bus may
 * have lost its data.
 */
export function isHomeGone({ presence, nowUnixMs, seenDownMs, adoptMs }: HomeQuestion): boolean {
  if (presence === undefined) return false;
  const { state, awaySinceMs } = presence;
  const isAwayTooLong = awaySinceMs !== undefined && nowUnixMs - awaySinceMs >= adoptMs;
  return state === 'removed' || (isAwayTooLong && seenDownMs >= Math.min(adoptMs, SEEN_DOWN_MS));
}
