import type { EvictionDecision } from './eviction.ts';
import type { RosterEntry } from './roster.ts';

export interface JoinQuestion {
  /** The session that holds the own name in the bucket now, if one does. */
  readonly holder: RosterEntry | undefined;
  /** Revision of the own key; 0: never written. */
  readonly revision: number;
  readonly session: string;
  readonly host: string;
  readonly dataDir: string;
  /** Of the host's last start; `undefined`: it does not say. */
  readonly boot: string | undefined;
  /** The holder has been heard beating, or renewed, since this session began to ask. */
  readonly holderIsAlive: boolean;
  /** A beat of the holder has been heard. A write alone proves no life: it may land long after the holder's end. */
  readonly holderBeats: boolean;
  /** For E neither a beat nor a renewal of the holder has been heard. */
  readonly holderIsSilent: boolean;
  /** What the rules of eviction say of the holder. */
  readonly eviction: EvictionDecision;
}

export type JoinDecision =
  | { readonly join: 'write'; readonly expected: number; readonly why: string }
  | { readonly join: 'wait'; readonly why: string }
  | { readonly join: 'refuse'; readonly why: string }
  | { readonly join: 'joined'; readonly why: string };

/**
 * What to do about the own key.
 *
 * A silent holder on another host is taken over by the rules of eviction, not after a mere Eslow: a session that is cut
 * off from the bus and from this host may still stand, vouched for by its peers, for as long as a ride.
 *
 * A holder with the same host and folder, but from another start of the host, has ended with that start; or it runs on a copy of the
 * machine, and can then be heard. If a holder on a copy were replaced at once, the two copies would replace each other without end.
 */
export function joinDecision(question: JoinQuestion): JoinDecision {
  const { holder, revision } = question;
  if (holder === undefined) {
    return { join: 'write', expected: revision, why: revision === 0 ? 'its name is new' : 'no session holds its name' };
  }
  const { record } = holder;
  if (record.session === question.session) return { join: 'joined', why: 'its own key is in the bucket' };
  const isSamePlace = record.host === question.host && record.dataDir === question.dataDir;
  if (isSamePlace && isSameStart(record.boot, question.boot)) {
    // The lock of the data folder, which this process holds, was released by the death of the process before it.
    return { join: 'write', expected: revision, why: `takes over from its own earlier session ${record.session}` };
  }
  const who = `the name ${record.server} is held by session ${record.session} on host ${record.host}, data folder ${record.dataDir}`;
  if (isSamePlace ? question.holderBeats : question.holderIsAlive) {
    const copy = isSamePlace ? ': one of the two machines is a copy of the other, so give one another server_name' : '';
    return { join: 'refuse', why: `${who}, which is alive${copy}` };
  }
  if (isSamePlace && question.holderIsSilent) {
    return { join: 'write', expected: revision, why: `${who}, of before this host was started anew` };
  }
  if (question.eviction.evict) return { join: 'write', expected: revision, why: `${who}, ${question.eviction.why}` };
  return { join: 'wait', why: `${who}; it is silent, and may be taken over when its peers no longer vouch for it` };
}

/** Earlier versions do not say it. */
function isSameStart(holders: string | undefined, own: string | undefined): boolean {
  return holders === undefined || own === undefined || holders === own;
}
