import type { ArchiveFigures } from './archive-figures.ts';
import type { Interval } from './catalogue/intervals.ts';
import type { ReturnCalls } from './debts/return-calls.ts';
import type { OperatorCalls } from './operating/operator-calls.ts';
import type { Gap } from './pack/pack-index.ts';
import type { KeptTime } from './retention/kept-times.ts';

/**
 * The questions of other threads to the archive worker, by name, each with its answer. Answers are about this server alone. All of them
 * cross a thread boundary, and some are passed on to other servers as JSON.
 */
export interface ArchiveCalls extends OperatorCalls, ReturnCalls {
  /** Where the bytes of a segment are; `undefined`: it is not here, or it cannot be read now. */
  locate(question: SegmentQuestion): SegmentPlace | undefined;
  /** The segments of a time, a block for each pack, in the order of epochs and numbers. Each segment is in one block only. */
  segments(question: TimeQuestion): readonly SegmentBlock[];
  /** What is recorded of a time, without reading an index. */
  holdings(question: TimeQuestion): readonly Holding[];
  /** Streams of which this server has recordings, also streams that are no longer defined. */
  streams(question: Record<never, never>): readonly string[];
  figures(question: Record<never, never>): ArchiveFigures;
  kept(question: { readonly stream: string }): readonly KeptTime[];
}

export type CallName = keyof ArchiveCalls;
export type Question<Name extends CallName> = Parameters<ArchiveCalls[Name]>[0];
export type Answer<Name extends CallName> = ReturnType<ArchiveCalls[Name]>;

/** The worker's side: each call as an asynchronous one. */
export type ArchiveDesk = {
  readonly [Name in CallName]: (question: Question<Name>) => Promise<Answer<Name>> | Answer<Name>;
};

export interface SegmentQuestion {
  readonly stream: string;
  readonly epoch: number;
  readonly number: number;
}

export interface TimeQuestion {
  readonly stream: string;
  /** Unix milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The bytes of one segment within the media of its pack. */
export interface SegmentPlace {
  /** The root that it is in: mostly a disk. */
  readonly root: string;
  readonly file: string;
  readonly at: number;
  readonly bytes: number;
  /** The first 16 characters of the SHA-256 of the bytes; absent: no index had it. */
  readonly sha256?: string | undefined;
}

/**
 * Segments of one pack whose numbers follow one another, as columns: a day of one stream is 43,200 of them. Typed arrays cross a thread
 * boundary as they are.
 */
export interface SegmentBlock {
  readonly epoch: number;
  /**
   * Its first segment belongs to the same run of ffmpeg as the segment with the number before, so there is no discontinuity between the
   * two. This does not say whether that segment is in the list, or on which server it is: the code that lists both looks at the numbers.
   */
  readonly isContinued: boolean;
  /** The pack may still grow: its end is the newest that is recorded. */
  readonly isOpen: boolean;
  readonly numbers: Float64Array;
  /** Unix milliseconds. */
  readonly startsMs: Float64Array;
  readonly durationsMs: Float64Array;
  readonly bytes: Float64Array;
}

/** A pack as a timeline needs it. */
export interface Holding extends Interval {
  readonly epoch: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly bytes: number;
  readonly home: string;
  /** Why it ended; absent: it has not. */
  readonly why?: string | undefined;
  /** Before it, and of what was lost within it. */
  readonly gaps: readonly Gap[];
  /** Its root is offline, or does not answer: it cannot be read now. */
  readonly isAway: boolean;
  /** It was erased here, since this server has it. */
  readonly returnedTo?: string | undefined;
}

/** What is asked over a port, and what comes back. */
export type ToDesk = { readonly id: number; readonly call: CallName; readonly question: unknown };
export type FromDesk =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly why: string };
