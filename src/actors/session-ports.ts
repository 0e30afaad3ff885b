import type { SeenRevisions } from '../domain/beats/beat.ts';
import type { DirectTarget } from '../domain/beats/reaching.ts';
import type { Member } from '../domain/membership/member.ts';
import type { Instant } from '../domain/membership/owner-clock.ts';
import type { Roster, SeenServer } from '../domain/membership/roster.ts';
import type { ServerFault } from '../domain/records/server-record.ts';
import type { Tally } from '../domain/tally.ts';
import type { Store } from '../nats/buckets/store.ts';

/** How beats travel over the bus: a core NATS subject that this server publishes to and hears, its own beats included. */
export interface BeatsOverBus {
  send(text: string): void;
  /** False while no server hears what is sent. Absent: not known. */
  readonly connected?: boolean;
  /** @returns what ends the listening. */
  listen(listener: (text: string) => void): () => void;
}

/** How beats travel around the bus, signed with the cluster key. What `listen` hands over was signed for `session`. */
export interface BeatsDirect {
  /** `onTaken`: the target itself took the beat. */
  send(target: DirectTarget, text: string, onTaken: () => void): void;
  /** Sets the newest beat of `session`, which is also the answer to a peer that brings it a beat. */
  say(session: string, text: string): void;
  listen(session: string, listener: (text: string) => void): () => void;
}

/** What is known of a session of this server. */
export interface SessionView {
  readonly session: string;
  /** For how much longer the session may capture if it hears nothing more; 0: it may not. For the warden. */
  standingForMs(): number;
  /** The revision that its claims carry: the session was on the roster at it. 0: it is not on the roster yet. */
  readonly rosterRevision: number;
}

/** The roster of the whole server, filled by its one watch of the bucket `servers`. */
export interface RosterView {
  /** As it is now. After a loss of data it is another. */
  readonly roster: Roster;
  /** @returns what ends the following. */
  follow(follower: RosterFollower): () => void;
  /** Resolves when the roster is as new as the bucket was at the call, or when the view says that it may be old. */
  reconcile(): Promise<void>;
}

/** Each change is told when the roster already shows it, except `lost`. */
export interface RosterFollower {
  seen(server: SeenServer): void;
  /** It shows all that the bucket has. */
  current(): void;
  /** The bucket lost its data; the roster still shows what was before. */
  lost(why: string): void;
}

export interface SessionPorts {
  /** The bucket `servers`, for the own key and for evictions. */
  readonly servers: Pick<Store, 'update' | 'read'>;
  readonly roster: RosterView;
  readonly beats: BeatsOverBus;
  readonly direct?: BeatsDirect;
  readonly tally?: Pick<Tally, 'beatSent' | 'beatHeard'>;
  now(): Instant;
  /** What is wrong with this server. Absent: never anything. */
  fault?(): ServerFault;
  /** Calls `turn` every `everyMs` until the returned function is called. */
  every(everyMs: number, turn: () => void): () => void;
  /** A fresh random session id. */
  newSession(): string;
  /** ISO 8601, for people. */
  date(): string;
  /** Highest revisions that the views of the other buckets reflect. */
  revisions(): Omit<SeenRevisions, 'servers'>;
  /** Called for a beat that this version does not understand. `server`: the sender, if the beat names it. */
  beatNotUnderstood?(server: string | undefined, why: string): void;
  /** A peer has long seen a later revision of the bucket than this server's view. */
  lagging(bucket: keyof SeenRevisions, revision: number): void;
  /** Told of each session's member as it begins: where a simulation plants its faults. */
  onMember?(member: Member): void;
}
