import type { MessagePort } from 'node:worker_threads';
import type { Told } from '../domain/herd-event.ts';
import type { Segment } from '../domain/segments/segment.ts';
import type { DayHours } from '../domain/text/day-hours.ts';
import type { PackCommand, PackCommandEnd } from './handing-on/pack-command.ts';
import type { HerdServer, HomeOfStream } from './herd-homes.ts';
import type { KeepRule } from './retention/held-recording.ts';

/** What passes between the control thread (archive-thread.ts) and the archive worker (archive-worker.ts). */

/** Fixed for the life of a worker; its first message. */
export interface ArchiveSettings {
  /** The name of this server. */
  readonly server: string;
  readonly roots: readonly RootSettings[];
  /** `<data_dir>/live` */
  readonly liveFolder: string;
  /** Where the identities of the roots are remembered: `<data_dir>/archive-roots.json`. */
  readonly identitiesFile: string;
  /** A power loss may take recordings of at most this length. */
  readonly syncMs: number;
  /** Each recording is read back once in this time; absent: never. */
  readonly verifyMs?: number | undefined;
  /** Run for each pack that has been closed: a program and its arguments, see `packCommand`. */
  readonly onPack?: readonly string[] | undefined;
  /** Where it is remembered which packs that is still to be done for: `<data_dir>/archive-on-pack`. */
  readonly onPackFile: string;
  readonly returning: ReturnSettings;
  /** There while an operator has paused returns to this server: `<data_dir>/returns-paused`. */
  readonly returnsPausedFile: string;
  /** Which recordings have returned here and may still be at their holders: `<data_dir>/returns-unconfirmed`. */
  readonly returnsUnconfirmedFile: string;
  /** By which servers sign what they ask each other. Absent: nothing returns. */
  readonly clusterKey?: string | undefined;
  /** No capture of this process has written into the live folder yet, and no capture of an earlier process still does. */
  readonly capturesHaveEnded: boolean;
}

export interface RootSettings {
  /** Absolute. */
  readonly path: string;
  /** Of the whole disk, from 0 to 1: what stays free. */
  readonly reserve: number;
}

/** How recordings return to the servers where they belong. */
export interface ReturnSettings {
  /** A server pulls what belongs to it when it has owned the stream again for so long. */
  readonly afterMs: number;
  /** Bytes a second, of all that returns to this server; absent: as much as recordings and viewers leave. */
  readonly rateBytes?: number | undefined;
  /** Of the server's local time; empty: always. */
  readonly hours: readonly DayHours[];
  /** From a receipt to the second question. */
  readonly graceMs: number;
  /** A home that has been away for so long loses its claim; `null`: never. */
  readonly adoptMs: number | null;
}

/** What the definition of a stream asks of the archive. */
export interface RecordingRule extends KeepRule {
  /** The server where the recordings belong. */
  readonly home: string;
  readonly segmentMs: number;
}

export type ToArchiveWorker =
  /** Null: the stream is not to be recorded, or not defined any more. */
  | { readonly type: 'rule'; readonly stream: string; readonly rule: RecordingRule | null }
  /** The homes of streams, also of such that are not recorded: all at first, then those that have changed. */
  | { readonly type: 'homes'; readonly homes: readonly HomeOfStream[] }
  /** All servers of the herd that have a record, whenever one has changed. */
  | { readonly type: 'servers'; readonly servers: readonly HerdServer[] }
  /** All definitions of the herd have been told, so the segments that an earlier run left can be recorded by their rules. */
  | { readonly type: 'rules-told' }
  /** A segment that has been closed, of a stream that has a rule. */
  | { readonly type: 'segment'; readonly segment: Segment }
  /** The run of the stream's capture has ended. */
  | { readonly type: 'ended'; readonly stream: string; readonly why: string }
  | { readonly type: 'command-ended'; readonly id: number; readonly end: PackCommandEnd }
  /** The other end asks (`ArchiveClient`); `LiveFolderState` is told to it. */
  | { readonly type: 'connect'; readonly port: MessagePort }
  | { readonly type: 'close'; readonly why: string };

export type ToArchiveThread =
  | { readonly type: 'told'; readonly told: Told }
  | { readonly type: 'remark'; readonly why: string }
  /** Programs are run by the control thread, which ends them when the server ends. Answered by `command-ended`. */
  | { readonly type: 'run-command'; readonly id: number; readonly command: PackCommand }
  /** Why nothing of what is to be recorded can be; absent: it can again. */
  | { readonly type: 'storage'; readonly problem?: string | undefined }
  /** All packs are closed. */
  | { readonly type: 'closed' };

/** What the archive still needs of the live folder: told to every port at its beginning, and when it has changed. */
export interface LiveFolderState {
  readonly type: 'live-folder';
  /** Files that wait to be recorded: they must stay. */
  readonly held: readonly string[];
  /** What an earlier run left is recorded, so files that no live window knows may go. */
  readonly isSwept: boolean;
}
