import type { ArchiveFigures } from '../archive-figures.ts';
import type { Interval } from '../catalogue/intervals.ts';
import type { Gap } from '../pack/pack-index.ts';
import type { KeptTime } from '../retention/kept-times.ts';
import type { RottenPart } from '../verification/pack-check.ts';
import type { VerificationState } from '../verification/verification.ts';
import type { CopyState, ReturnsOrder, ReturnsTold } from './returns-told.ts';

/** The questions and orders of operators to the archive of one server. Answers are passed on to other servers and to clients as JSON. */
export interface OperatorCalls {
  overview(question: Record<never, never>): ArchiveOverview;
  recordings(question: RecordingsQuestion): StreamRecordings;
  keep(question: KeepOrder): OperatorAnswer;
  /** It is not protected any longer. */
  release(question: { readonly stream: string; readonly id: string }): OperatorAnswer;
  verify(question: VerifyOrder): OperatorAnswer;
  cancelVerification(question: Record<never, never>): OperatorAnswer;
  /** The operator says that the clock is right now. */
  confirmClock(question: Record<never, never>): OperatorAnswer;
  returns(question: Record<never, never>): ReturnsTold;
  /** `now`: also outside the hours, and what was put off or given up, at once. `pause` lasts until `resume` or `now`, also over restarts. */
  orderReturns(question: { readonly order: ReturnsOrder }): OperatorAnswer;
  /** The bytes of a segment are not those that were recorded. */
  suspect(question: { readonly stream: string; readonly epoch: number; readonly number: number }): boolean;
}

/** `done`: one sentence. `missing`: this server has nothing to which the order applies. */
export type OperatorAnswer =
  | { readonly is: 'done'; readonly why: string }
  | { readonly is: 'missing' | 'refused'; readonly why: string };

export interface ArchiveOverview extends Omit<ArchiveFigures, 'streams' | 'returns'> {
  /** By name. */
  readonly streams: readonly StreamOverview[];
  readonly verification: VerificationState;
}

export interface StreamOverview extends Interval {
  readonly stream: string;
  readonly packs: number;
  readonly bytes: number;
  /** It is recorded here now. */
  readonly isRecorded: boolean;
}

export interface RecordingsQuestion extends Interval {
  readonly stream: string;
  /** At most so many packs. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string | undefined;
}

/** What one server has of one stream. Intervals are in order. */
export interface StreamRecordings {
  readonly ranges: readonly Interval[];
  /** On a root that is offline. */
  readonly unavailable: readonly Interval[];
  readonly gaps: readonly Gap[];
  readonly kept: readonly KeptTime[];
  /** Why the file of protected times of this stream cannot be read, so that all of it is kept. */
  readonly keptProblems: readonly string[];
  readonly packs: readonly PackOverview[];
  /** What the next page comes after; absent: this is the last. */
  readonly next?: string | undefined;
}

export interface PackOverview extends Interval {
  readonly root: string;
  /** Its media. */
  readonly file: string;
  readonly epoch: number;
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly bytes: number;
  readonly home: string;
  readonly state: CopyState;
  /** Why it ended; absent: it has not. */
  readonly why?: string | undefined;
  readonly isAway: boolean;
  readonly isKept: boolean;
  readonly rotten: readonly RottenPart[];
}

export interface KeepOrder extends Interval {
  readonly stream: string;
  /** Chosen by the server that was asked, the same on all. */
  readonly id: string;
  readonly note: string;
}

export interface VerifyOrder {
  /** Absent: all of them. */
  readonly stream?: string | undefined;
  /** Absent: all that there is. */
  readonly time?: Interval | undefined;
}
