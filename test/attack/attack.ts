import type { TestHerd } from '../support/test-herd.ts';

/** What one attack may do to a server that it does not get by being a friend. */
export interface Bound {
  /** Resident memory of the server process at its highest, above what it had before. */
  readonly peakMb: number;
  /** The same when the attack is over and its connections are closed. */
  readonly leftMb: number;
  /** Open files above those of before, when the attack is over. */
  readonly leftFiles: number;
  /** From its end to the next correct answer of every server to another address. */
  readonly answerMs: number;
  /** The slowest round of answers to a client of another address, while it lasts. */
  readonly slowestMs: number;
}

export const USUAL_BOUND: Bound = { peakMb: 256, leftMb: 128, leftFiles: 64, answerMs: 2000, slowestMs: 5000 };

/** Where a stranger may knock: all that the client's process is told. */
export interface Target {
  /** The first is the one that is struck. */
  readonly servers: readonly Knocking[];
  readonly streams: readonly string[];
  readonly natsUrl: string;
  /** Users of `nats-server.conf` beside the herd's own. */
  readonly publisher: { readonly user: string; readonly password: string };
  readonly viewer: { readonly user: string; readonly password: string };
  /** Address of the client; everybody else asks from another. */
  readonly from: string;
  /** How long an attack that has no end of its own lasts. */
  readonly lastsMs: number;
  /** 1: as many as the attack's name says; less in the short form. */
  readonly scale: number;
}

export interface Knocking {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Of its beats. */
  readonly beatsPort: number;
  readonly session: string;
}

/** What it found: figures for people, and what must not be. */
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
  /** It waits for most of its time: all that do are run at once. */
  readonly isPatient?: true;
  /** Where it differs from the usual one. */
  readonly bound?: Partial<Bound>;
}

/** One way to do harm, and what it may cost. No attack may cost a capture, a lease or a process of the herd. */
export type Attack =
  /** By a process of its own, over the network. */
  | (Common & { readonly by: 'client'; run(target: Target): Promise<Report> })
  /** By what the test can do beside the herd, as a browser or another process of the same host can. */
  | (Common & { readonly by: 'campaign'; run(herd: TestHerd, target: Target): Promise<Report> });

export const NO_PROBLEMS: readonly string[] = [];
