import type { StreamDefinition } from '../domain/definition/stream-definition.ts';
import type { HerdEventKind } from '../domain/herd-event.ts';
import type { OwnedRecord, RecordedNumbers, VacatedRecord } from '../domain/records/owner-record.ts';
import type { ForGood } from '../domain/records/stream-home.ts';
import type { LiveSegment } from '../domain/segments/live-segment.ts';
import type { Times } from '../domain/times.ts';
import type { CaptureReport, CaptureWorld } from './capture-contract.ts';

/** The stream's key in `owners` as this server's view has it, with what the roster says of its session. */
export interface OwnerView {
  /** Revision of the key, also of its removal; 0: never written. */
  readonly epoch: number;
  /** The revision of the claim; another than `epoch` if the owner has rewritten the key since. Absent: `epoch`. */
  readonly claimEpoch?: number | undefined;
  /** The home that the record says: see `recordedHome`. */
  readonly home?: string | undefined;
  readonly server: string | null;
  readonly session: string | null;
  /** The session is on the roster. */
  readonly live: boolean;
  /** Of a vacated record. */
  readonly heir?: string | undefined;
  /** Of a vacated record: an operator wants the heir to have it. */
  readonly moved?: boolean | undefined;
  /** Servers that could not capture it lately; sent again without those whose failure has lapsed. */
  readonly failedBy: readonly string[];
  /** Those of them that failed through their own fault, not the source's. */
  readonly unfitBy: readonly string[];
  /** `undefined`: there is no record. */
  readonly numbers?: RecordedNumbers | undefined;
}

/** This stream's line of the plan, from this server's side. */
export interface Assignment {
  readonly mine: boolean;
  /** The server that should have the stream, if it is another one. */
  readonly heir?: string | undefined;
  /** If it goes to the heir: whether to stay. Absent: the heir stands in for its home. */
  readonly forGood?: ForGood | undefined;
  /** Other servers that may take streams. One array for all streams of a plan is enough. */
  readonly others: readonly string[];
  readonly why: string;
}

export type StreamEvent =
  /** `null`: removed from the bucket. */
  | { readonly type: 'definition.changed'; readonly definition: StreamDefinition | null }
  | { readonly type: 'assignment.changed'; readonly assignment: Assignment }
  | { readonly type: 'owner.changed'; readonly owner: OwnerView }
  | { readonly type: 'standing.gained'; readonly session: string }
  | { readonly type: 'standing.lost'; readonly why: string }
  /** An operator wants it on `to`. Only a capturing owner obeys; a stream with a live `capture_at` host returns to it. */
  | { readonly type: 'move.requested'; readonly to: string; readonly why: string }
  | ClaimReport
  | ReleaseReport
  | CaptureReport;

/**
 * One attempt to write the key. The actor (`fromCallback`) sends exactly one report and is then done; the machine asks again.
 * With `again` an earlier attempt may have landed: read the key first, and if it names the record's session, that is
 * `claim.won` at its revision. An `unknown` write is settled the same way, as far as reading back settles it.
 */
export interface ClaimInput {
  readonly stream: string;
  /** The compare-and-set is at this revision. */
  readonly expected: number;
  readonly record: OwnedRecord;
  readonly again: boolean;
}

export type ClaimReport =
  | { readonly type: 'claim.won'; readonly epoch: number }
  /** The key has another revision than `expected`, and does not name this server's session. */
  | { readonly type: 'claim.lost' }
  /** It may have landed, or may land later. */
  | { readonly type: 'claim.unknown'; readonly why: string };

/** As `ClaimInput`. A second attempt at the same epoch does no harm, so there is nothing to be read first. */
export interface ReleaseInput {
  readonly stream: string;
  /** The revision of the key that names this session. */
  readonly epoch: number;
  /** `null`: the stream was removed, so the key is to be removed. */
  readonly record: VacatedRecord | null;
}

export type ReleaseReport =
  | { readonly type: 'release.won' }
  /** The key is no longer at this claim's epoch: it is vacated, or another session has it. In both cases this server does not own the stream. */
  | { readonly type: 'release.lost' }
  | { readonly type: 'release.unknown'; readonly why: string };

/** What the machine emits. */
export type StreamEmission =
  /** For the event log; the composition root adds time, server and session. */
  | {
      readonly type: 'fact';
      readonly kind: HerdEventKind;
      readonly stream: string;
      readonly epoch?: number;
      readonly why: string;
      readonly detail?: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly type: 'segment'; readonly segment: LiveSegment }
  /** A child machine broke, and an ffmpeg may live on. The root must end the session: only killing the group is safe. */
  | { readonly type: 'broken'; readonly why: string };

export interface StreamWorld extends CaptureWorld {
  /** A revision of the bucket `servers` at which this server's session was on the roster: what its claims carry. */
  readonly rosterRevision: () => number;
  /** The highest count of the stream's discontinuities that is known here, from any owner. */
  readonly discontinuities: () => number | undefined;
}

export interface StreamInput {
  readonly stream: string;
  /** This server. */
  readonly server: string;
  readonly folder: string;
  readonly segmentMs: number;
  readonly times: Pick<Times, 'heirGraceMs' | 'sourceTimeoutMs'>;
  readonly world: StreamWorld;
}

/** Between attempts at a write whose outcome is unknown: doubled each time, up to the most. */
export const WRITE_RETRY_MS = 250;
export const MAX_WRITE_RETRY_MS = 5000;
