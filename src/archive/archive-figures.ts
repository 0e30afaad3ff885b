/** What the archive of this server has and does, for metrics and the API. Sums are since the worker began. */
export interface ArchiveFigures {
  readonly roots: readonly RootFigures[];
  readonly streams: readonly StreamFigures[];
  /** From the closing of a segment to its being recorded: the longest of the last seconds. */
  readonly delayMs: number;
  /** Segments that wait now. */
  readonly waitingSegments: number;
  readonly waitingBytes: number;
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
  /** By the kind of the reason. */
  readonly lostMs: number;
}
