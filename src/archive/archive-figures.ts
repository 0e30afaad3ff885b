import type { Catalogue } from './catalogue/catalogue.ts';
import type { ReturnsTold } from './operating/returns-told.ts';
import type { LossReason, RecordingCounts } from './recording/recording-counts.ts';

/** What the archive of this server has and does, for metrics and the API. Sums are since the worker began. */
export interface ArchiveFigures {
  readonly roots: readonly RootFigures[];
  readonly streams: readonly StreamFigures[];
  /** From the end of a segment to its being recorded: the longest of the last minute. */
  readonly delayMs: number;
  /** Segments that have waited for their disk for seconds. */
  readonly waitingSegments: number;
  /** Why nothing is removed because of its age; absent: the clock is trusted. */
  readonly clockDoubt?: string | undefined;
  readonly returns: ReturnsTold;
}

export interface RootFigures {
  readonly root: string;
  /** Why it cannot be written; absent: it can. */
  readonly problem?: string | undefined;
  readonly packs: number;
  readonly bytes: number;
  readonly freeBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
  /** Until the reserve decides how long recordings are kept; absent: not within a year. */
  readonly daysUntilFull?: number | undefined;
}

export interface StreamFigures {
  readonly stream: string;
  readonly packs: number;
  readonly bytes: number;
  readonly recordedMs: number;
  readonly recordedBytes: number;
  readonly lostMs: number;
  readonly lostMsByReason: Readonly<Partial<Record<LossReason, number>>>;
}

/** A stream of which everything was lost has no packs. */
export function streamFigures(catalogue: Catalogue, counts: RecordingCounts): readonly StreamFigures[] {
  const names = new Set([...catalogue.streams, ...counts.streams]);
  return [...names].map((stream) => {
    const packs = catalogue.packs(stream);
    const bytes = packs.reduce((sum, pack) => sum + pack.bytes, 0);
    return { stream, packs: packs.length, bytes, ...counts.of(stream) };
  });
}
