import type { SeenRevisions } from '../beats/beat.ts';
import type { DueBeat } from '../beats/beating.ts';
import type { ServerRecord } from '../records/server-record.ts';
import type { StandingRule } from './standing.ts';

/** What the member wants done, as data. The driver does it and tells the outcome. */
export type MemberCommand =
  | ({ readonly type: 'sendBeat' } & DueBeat)
  /** Writes the own key. Answered by `writeAnswered` with the record's renewal number. */
  | { readonly type: 'write'; readonly expected: number; readonly record: ServerRecord }
  /** Reads the own key from the leader. Answered by `ownRead`. */
  | { readonly type: 'readOwn' }
  /** Takes another session off the roster. Answered by `evictionAnswered`. */
  | {
      readonly type: 'evict';
      readonly server: string;
      readonly expected: number;
      readonly record: ServerRecord;
      readonly why: string;
    }
  /** A peer has long seen a later revision of the bucket: the view lags. */
  | { readonly type: 'reconcile'; readonly bucket: keyof SeenRevisions; readonly revision: number };

/** What happened, for all listeners. The words are past-tense facts. */
export type MemberFact =
  | { readonly type: 'join.waiting'; readonly why: string }
  | { readonly type: 'join.refused'; readonly why: string }
  /** The session may capture from now on. */
  | { readonly type: 'standing.gained'; readonly session: string; readonly rule: StandingRule; readonly why: string }
  | { readonly type: 'standing.changed'; readonly rule: StandingRule; readonly why: string }
  /** The session is fenced: its captures must die at once. It never stands again. `amnesia`: it stood until the bus lost data. */
  | { readonly type: 'standing.lost'; readonly why: string; readonly amnesia?: true }
  /** Sessions on the roster, or their states, have changed; a mere renewal is not told. */
  | { readonly type: 'roster.changed'; readonly why: string }
  | { readonly type: 'session.pledged'; readonly server: string; readonly session: string; readonly why: string }
  /** This session's compare-and-set took another one off the roster. */
  | { readonly type: 'session.evicted'; readonly server: string; readonly session: string; readonly why: string }
  | { readonly type: 'session.left'; readonly why: string };

export type MemberOutput = MemberCommand | MemberFact;
