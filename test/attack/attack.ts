import type { TestHerd } from '../support/test-herd.ts';

/** The harm that one attack may do to a server. */
export interface Bound {
  /** Resident memory of the server process at its highest, above what it had before. */
  readonly peakMb: number;
  /** The same when the attack is over and its connections are closed. */
  readonly leftMb: number;
  /** Open files above those of before, when the attack is over. */
  readonly leftFiles: number;
  /** The longest time from the end of the attack to the next correct answer of every server to another address. */
  readonly answerMs: number;
  /** The slowest round of answers to a client of another address, while it lasts. */
  readonly slowestMs: number;
}

export const USUAL_BOUND: Bound = { peakMb: 256, leftMb: 128, leftFiles: 64, answerMs: 2000, slowestMs: 5000 };

/** The ports that a stranger can reach: all that the client's process is told. */
export interface Target {
  /** The first server is the target of the attack. */
  readonly servers: readonly Knocking[];
  readonly streams: readonly string[];
  readonly natsUrl: string;
  /** Users of `nats-server.conf` beside the herd's own. */
  readonly publisher: { readonly user: string; readonly password: string };
  readonly viewer: { readonly user: string; readonly password: string };
  /** What the second server has asked the first for a return, signed, as it goes over the network. */
  readonly overheard: string;
  /** Address of the client; all other clients ask from another. */
  readonly from: string;
  /** How long an attack that has no end of its own lasts. */
  readonly lastsMs: number;
  /** 1: the full amount of requests; less in the short form. */
  readonly scale: number;
}

export interface Knocking {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The address for its beats. */
  readonly beatsPort: number;
  readonly session: string;
}

/** What the attack found: figures for people, and problems. */
export interface Report {
  readonly did: string;
  readonly problems: readonly string[];
}

interface Common {
  readonly name: string;
  /** One sentence. */
  readonly does: string;
  /** Part of the short form that `npm test` runs. */
  readonly isShort?: true;
  /** The attack waits for most of its time: all attacks that do so run at the same time. */
  readonly isPatient?: true;
  /** Bounds of this attack that differ from the usual ones. */
  readonly bound?: Partial<Bound>;
}

/** One way to do harm, with the bounds for the harm. No attack may end a capture, a lease or a process of the herd. */
export type Attack =
  /** The attack is done over the network, by a process of its own. */
  | (Common & { readonly by: 'client'; run(target: Target): Promise<Report> })
  /** The attack is done by the test process beside the herd, as a browser or another process of the same host could do it. */
  | (Common & { readonly by: 'campaign'; run(herd: TestHerd, target: Target): Promise<Report> });

export const NO_PROBLEMS: readonly string[] = [];
