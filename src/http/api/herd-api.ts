import type { CameraFinder } from '../../domain/cameras/camera.ts';
import type { DefinitionProblem } from '../../domain/definition/definition-problem.ts';
import type { SourceTester } from '../../domain/definition/source-test.ts';
import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import type { StreamName } from '../../domain/definition/stream-name.ts';
import type { HerdEvent, HerdEventKind } from '../../domain/herd-event.ts';
import type { LogLevel, Subsystem } from '../../domain/log.ts';
import type { ServerStatus, Stale, StreamStatus, WhatIfAnswer, WhereAnswer } from '../../domain/status.ts';
import type { HerdArchive } from './archive/herd-archive.ts';

/**
 * What the HTTP API needs of a running server. Reads are answered on the API's own thread, from a copy of the view; changes are
 * made by the control thread. Nothing here throws for what can be expected.
 */
export interface HerdApi extends HerdChanges, ServerOrders {
  /** A whole list as JSON, with the version that it shows. */
  listing(list: ListName): Listing;
  /** Changes with whatever changes. */
  version(): string;
  /** At most `limit` streams, by their names, of those after `after`. */
  page(limit: number, after?: string): StreamPage;
  /** `undefined`: there is no such stream. */
  stream(name: StreamName): StreamDetail | undefined;
  /** Waits for the next change after `version`; `undefined`: `signal` came first. */
  changesSince(version: string, signal: AbortSignal): Promise<HerdChange | undefined>;
  where(name: StreamName): WhereAnswer;
  whatIf(without: string): Promise<Change<{ readonly answer: WhatIfAnswer }>>;
  events(query: EventQuery): AsyncIterable<HerdEvent>;
  /** Since when and why answers may be old; `undefined`: they are not. */
  stale(): Stale | undefined;
  /** Done by this server. */
  readonly testSource: SourceTester;
  /** From this server. */
  readonly cameras: CameraFinder;
  /** In the Prometheus text format. */
  metrics(): Promise<string>;
  readonly archive: HerdArchive;
}

/** What an operator may change. Everything in and out of it crosses between threads, so it is plain data. */
export interface HerdChanges {
  /**
   * `text`: the JSON of a definition as it came. Refused with `problems` when it is none. `seen`: the revision that the operator means to
   * change, 0 for a stream that is not defined; another one is not overwritten. Absent: the last change counts.
   */
  putStream(name: StreamName, text: string, seen?: number): Promise<Change<{ readonly created: boolean }>>;
  deleteStream(name: StreamName, seen?: number): Promise<Change>;
  /** Takes a server that is down off the list. */
  removeServer(name: string): Promise<Change>;
  drain(server: string): Promise<Change>;
  undrain(server: string): Promise<Change>;
  move(stream: StreamName, server: string): Promise<Change>;
  /** Brings the bucket in line with the stream blocks of a file. `streams`: name to the value of a definition. */
  apply(file: string, streams: Readonly<Record<string, unknown>>, dryRun: boolean): Promise<Change<ApplyAnswer>>;
  /** Tells the herd what an operator did. */
  acted(action: OperatorAction): void;
}

/** What an operator orders from this one server. Everything in and out of it crosses between threads. */
export interface ServerOrders {
  /** From now on, until the next start or SIGHUP. Without a subsystem: of all of them. */
  setLog(level: LogLevel, subsystem?: Subsystem): Promise<Change>;
  /** Tells each of its receivers of an event, and says how each took it. */
  testNotify(): Promise<Change<{ readonly trials: readonly ReceiverTrial[] }>>;
  /** The newest lines of its log. */
  logTail(): Promise<Change<{ readonly lines: readonly string[] }>>;
}

export interface ReceiverTrial {
  readonly receiver: string;
  readonly ok: boolean;
  /** A clause. */
  readonly why: string;
}

export type ListName = 'streams' | 'servers';

export interface Listing {
  /** Changes with the list. */
  readonly version: string;
  /** `{"streams": […]}` or `{"servers": […]}`, with `stale` if it is. */
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface StreamPage {
  readonly streams: readonly StreamStatus[];
  /** What the next page comes after; absent: this is the last. */
  readonly next?: string;
}

/** What has changed in the herd since an earlier version. */
export type HerdChange =
  /** Too much, or it is not known: the lists have to be read. */
  | { readonly version: string; readonly reset: true }
  | {
      readonly version: string;
      readonly streams: readonly StreamStatus[];
      /** Names of streams that are not defined any more. */
      readonly removed: readonly string[];
      /** All of them, if any changed. */
      readonly servers?: readonly ServerStatus[];
      readonly stale: Stale | null;
    };

export type Change<Facts extends object = object> = ({ readonly ok: true; readonly why: string } & Facts) | Refusal;

export interface OperatorAction {
  /** Who, as `HerdEvent.by`. */
  readonly by: string;
  /** One sentence. */
  readonly why: string;
  readonly stream?: StreamName;
  readonly server?: string;
}

export interface Refusal {
  readonly ok: false;
  readonly status: 400 | 404 | 409 | 503;
  /** One sentence. */
  readonly error: string;
  readonly problems?: readonly DefinitionProblem[];
}

export interface StreamDetail {
  readonly status: StreamStatus;
  /** The definition in force, with its passwords. Absent while none that could be read was published. */
  readonly definition?: StreamDefinition;
  /** Of the newest definition, also of one that was refused. */
  readonly revision: number;
}

export interface ApplyAnswer {
  readonly steps: readonly ApplyStepAnswer[];
}

export interface ApplyStepAnswer {
  readonly name: string;
  readonly action: 'create' | 'update' | 'release' | 'remove' | 'leave' | 'conflict';
  readonly why: string;
}

export interface EventQuery {
  /** ISO 8601: what happened then or later. Absent: nothing of the past, but for `history`. */
  readonly since?: string;
  /** At most so many events of the past, the newest. */
  readonly history: number;
  /** Go on with what happens, until `signal`. */
  readonly follow: boolean;
  readonly stream?: StreamName;
  readonly kinds?: readonly HerdEventKind[];
  readonly signal: AbortSignal;
}
