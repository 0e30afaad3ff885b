import type { Interval } from '../catalogue/intervals.ts';
import { endMsOf, type RecordedPart, startMsOf } from '../playback/recorded-part.ts';

/** Segments of one run of ffmpeg: within it the format does not change. */
export interface ExportRun {
  /** With its first segment. */
  readonly first: RecordedPart;
  readonly startMs: number;
  readonly endMs: number;
}

export function runsOf(parts: readonly RecordedPart[]): readonly ExportRun[] {
  const runs: ExportRun[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    if (last === undefined || !part.isContinued) {
      runs.push({ first: part, startMs: startMsOf(part), endMs: endMsOf(part) });
    } else runs[runs.length - 1] = { ...last, endMs: endMsOf(part) };
  }
  return runs;
}

/**
 * The times of `bounds` within which the format stays the same, by the key of each run's format; a run of which nothing is known is
 * taken to be as the one before it. No segment is within two of them, though segments' times may overlap by some milliseconds.
 */
export function evenTimes(
  runs: readonly (Pick<ExportRun, 'startMs' | 'endMs'> & { readonly key: string | undefined })[],
  { fromMs, untilMs }: Interval,
): readonly Interval[] {
  const times: Interval[] = [];
  let begun = fromMs;
  let key: string | undefined;
  let before: Pick<ExportRun, 'endMs'> | undefined;
  for (const run of runs) {
    if (run.key !== undefined && key !== undefined && run.key !== key) {
      times.push({ fromMs: begun, untilMs: run.startMs });
      // A segment that ends as this begins is not in it.
      begun = Math.max(run.startMs, before?.endMs ?? 0);
    }
    key = run.key ?? key;
    before = run;
  }
  return [...times, { fromMs: begun, untilMs }];
}
