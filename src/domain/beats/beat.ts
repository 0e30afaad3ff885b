import { isSpokenVersion, SPOKEN_VERSIONS, WIRE_VERSION } from '../records/wire-version.ts';

/**
 * The beat: what every standing session multicasts on core NATS every `beatMs`, and sends straight to a peer while the
 * bus does not carry its beats to it. Its text is the body that a direct beat signs, so it is read only after the
 * signature is found good.
 */
export interface Beat {
  readonly server: string;
  readonly session: string;
  /** Counts the beats of the session from 1. */
  readonly sequence: number;
  /** The last sequence heard from each other session: this is what vouches for them. */
  readonly heard: ReadonlyMap<string, number>;
  /** The sessions that this one has pledged against, each with the revision of the record that the pledge is for. */
  readonly doubts: ReadonlyMap<string, number>;
  /** Sessions whose beats the bus does not bring here: they send straight. */
  readonly deafTo: readonly string[];
  readonly revisions: SeenRevisions;
}

/** The highest revision that the sender has seen of each bucket: a hearer with less knows that its view lags. */
export interface SeenRevisions {
  readonly servers: number;
  readonly owners: number;
  readonly streams: number;
}

export type BeatReading =
  | { readonly beat: Beat }
  /** `server`: the sender, if that much is understood. */
  | { readonly problem: string; readonly server?: string };

/** A herd has at most 100 servers; room for as many predecessors that are not yet forgotten. */
export const MAX_BEAT_SESSIONS = 256;
/** Enough for a hundred sessions in every list. Longer texts are refused unread. */
export const MAX_BEAT_CHARACTERS = 32_768;

const NOTHING_SEEN: SeenRevisions = { servers: 0, owners: 0, streams: 0 };
const SESSION = /^[A-Za-z0-9_-]{1,40}$/;
const SERVER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/;

export function encodeBeat(beat: Beat): string {
  return JSON.stringify({
    v: WIRE_VERSION,
    server: beat.server,
    session: beat.session,
    sequence: beat.sequence,
    heard: Object.fromEntries(beat.heard),
    // A record may name a session by a text that is no id here; one such text would have the whole beat refused.
    doubts: Object.fromEntries([...beat.doubts].filter(([session]) => isSession(session))),
    deafTo: beat.deafTo.filter(isSession),
    revisions: beat.revisions,
  });
}

/** Never throws: for any text that is published on the subject, the result is a beat or the reason why it is none. */
export function decodeBeat(text: string): BeatReading {
  if (text.length > MAX_BEAT_CHARACTERS) return { problem: `expected at most ${MAX_BEAT_CHARACTERS} characters` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'expected JSON' };
  }
  if (!isObject(value)) return { problem: 'expected an object' };
  const { server } = value;
  if (typeof server !== 'string' || !SERVER.test(server)) return { problem: 'server: expected a server name' };
  const beat = beatOf(server, value);
  return typeof beat === 'string' ? { problem: beat, server } : { beat };
}

/**
 * The beat, or the problem with it. What a version leaves out means the least: it vouches for no session, doubts none and has
 * seen nothing.
 */
function beatOf(server: string, value: Readonly<Record<string, unknown>>): Beat | string {
  const { v, session, sequence, heard = {}, doubts = {}, deafTo = [], revisions = NOTHING_SEEN } = value;
  if (!isSpokenVersion(v)) return `v: expected ${SPOKEN_VERSIONS}`;
  if (!isSession(session)) return 'session: expected a session id';
  if (!isCount(sequence) || sequence === 0) return 'sequence: expected an integer from 1';
  const heardMap = countsBySession(heard);
  if (heardMap === undefined) return 'heard: expected sequences by session';
  const doubtsMap = countsBySession(doubts);
  if (doubtsMap === undefined) return 'doubts: expected revisions by session';
  if (!isSessionList(deafTo)) return 'deafTo: expected a list of sessions';
  if (!isRevisions(revisions)) return 'revisions: expected servers, owners and streams';
  const { servers, owners, streams } = revisions;
  const seen = { servers, owners, streams };
  return { server, session, sequence, heard: heardMap, doubts: doubtsMap, deafTo, revisions: seen };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSession(value: unknown): value is string {
  return typeof value === 'string' && SESSION.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSessionList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_BEAT_SESSIONS && value.every(isSession);
}

function isRevisions(value: unknown): value is SeenRevisions {
  return isObject(value) && isCount(value.servers) && isCount(value.owners) && isCount(value.streams);
}

function countsBySession(value: unknown): ReadonlyMap<string, number> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > MAX_BEAT_SESSIONS) return undefined;
  const counts = new Map<string, number>();
  for (const [session, count] of entries) {
    if (!isSession(session) || !isCount(count)) return undefined;
    counts.set(session, count);
  }
  return counts;
}
