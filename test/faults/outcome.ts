import type { Pull } from '../../src/demo/cameras/camera.ts';
import type { Watched } from '../support/viewer.ts';
import type { FaultKind } from './fault-kind.ts';
import { type Interruption, interruptions, type Overlap, overlaps } from './pull-log.ts';

/** The harm of one fault, as the cameras saw it. */
export interface Outcome {
  readonly kind: FaultKind;
  readonly whom: string;
  readonly interrupted: readonly Interruption[];
  readonly overlaps: readonly Overlap[];
  /** Streams that another server has afterwards. */
  readonly moved: number;
  /** Interrupted streams that the fault did not concern. */
  readonly bystanders: readonly string[];
  readonly viewers: readonly Watched[];
}

/** A kind of fault that could not be tried here, and why. */
export interface Skipped {
  readonly kind: FaultKind;
  readonly why: string;
}

export interface Window {
  readonly kind: FaultKind;
  readonly whom: string;
  readonly ends: readonly string[];
  readonly moved: number;
  /** The cameras' log before the fault, and after it. */
  readonly before: readonly Pull[];
  readonly pulls: readonly Pull[];
  readonly viewers: readonly Watched[];
}

export type Row = Readonly<Record<string, string | number>>;

export function outcomeOf({ kind, whom, ends, moved, before, pulls, viewers }: Window): Outcome {
  const interrupted = interruptions(before, pulls);
  const bystanders = interrupted.map(({ camera }) => camera).filter((camera) => !ends.includes(camera));
  // The whole log counts: also an overlap that came and went between two faults.
  return { kind, whom, interrupted, overlaps: overlaps(pulls), moved, bystanders, viewers };
}

/** What went wrong, a sentence each. */
export function problemsOf({ kind, interrupted, overlaps, viewers }: Outcome): readonly string[] {
  const twice = overlaps.map(({ camera, forMs }) => `${camera} was pulled twice for ${forMs.toFixed(1)} ms`);
  const unplayable = viewers.flatMap(({ problems }) => problems.map((problem) => `a viewer saw: ${problem}`));
  if (kind.maxGapMs === 0)
    return [...twice, ...unplayable, ...interrupted.map(({ camera }) => `${camera} was interrupted`)];
  const late = interrupted.flatMap(({ camera, gapMs = Number.POSITIVE_INFINITY }) =>
    gapMs <= kind.maxGapMs ? [] : [`${camera} was not pulled for ${Math.round(gapMs)} ms, over ${kind.maxGapMs}`],
  );
  return [...twice, ...unplayable, ...late];
}

/** A row for each kind of fault, in the order of their first occurrence. */
export function tableOf(outcomes: readonly Outcome[], skipped: readonly Skipped[] = []): readonly Row[] {
  const rows = [...new Set(outcomes.map(({ kind }) => kind))].map((kind) => {
    const of = outcomes.filter((outcome) => outcome.kind === kind);
    const gapsMs = of.flatMap(({ interrupted }) => interrupted.flatMap(({ gapMs }) => gapMs ?? []));
    gapsMs.sort((left, right) => left - right);
    const rounded = (ms: number | undefined) => (ms === undefined ? '–' : Math.round(ms));
    return {
      fault: kind.name,
      times: of.length,
      interrupted: sumOf(of, ({ interrupted }) => interrupted.length),
      bystanders: sumOf(of, ({ bystanders }) => bystanders.length),
      moved: sumOf(of, ({ moved }) => moved),
      'gap median ms': rounded(gapsMs[Math.floor(gapsMs.length / 2)]),
      'gap max ms': rounded(gapsMs.at(-1)),
      'allowed ms': kind.maxGapMs,
      'overlap ms': Math.max(0, ...of.flatMap(({ overlaps }) => overlaps.map(({ forMs }) => forMs))),
      'viewer waited ms': Math.round(Math.max(0, ...of.flatMap(longestWaits))),
    };
  });
  return [...rows, ...skipped.map(({ kind, why }) => ({ fault: kind.name, times: `skipped: ${why}` }))];
}

function longestWaits({ viewers }: Outcome): readonly number[] {
  return viewers.map(({ longestWaitMs }) => longestWaitMs);
}

function sumOf(outcomes: readonly Outcome[], count: (outcome: Outcome) => number): number {
  return outcomes.reduce((sum, outcome) => sum + count(outcome), 0);
}
