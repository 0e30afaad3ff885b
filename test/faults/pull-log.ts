import type { Pull } from '../../src/demo/cameras/camera.ts';

/** Two pulls of one camera that were open at the same time. */
export interface Overlap {
  readonly camera: string;
  /** When the later one began. */
  readonly atMs: number;
  /** `Infinity` while both live. */
  readonly forMs: number;
}

/** A pull that lived at some moment and has ended since. */
export interface Interruption {
  readonly camera: string;
  readonly endedAtMs: number;
  /** From its end to the begin of the next pull of the same camera; `undefined` while there is none. Negative: an overlap. */
  readonly gapMs: number | undefined;
}

/** Every pull that began while an earlier one of its camera was open. In whatever order they are given. */
export function overlaps(pulls: readonly Pull[]): readonly Overlap[] {
  return perCamera(pulls).flatMap(([camera, log]) => {
    const found: Overlap[] = [];
    let openUntilMs = Number.NEGATIVE_INFINITY;
    for (const pull of log) {
      const endMs = endOf(pull);
      const forMs = Math.min(openUntilMs, endMs) - pull.openedAtMs;
      if (forMs > 0) found.push({ camera, atMs: pull.openedAtMs, forMs });
      openUntilMs = Math.max(openUntilMs, endMs);
    }
    return found;
  });
}

/**
 * What happened to the pulls that lived when the log was `before`: the pulls that ended, each with the pull after it. The only clock
 * is the one of the cameras, which wrote both logs.
 */
export function interruptions(before: readonly Pull[], pulls: readonly Pull[]): readonly Interruption[] {
  const living = new Set(before.filter(({ closedAtMs }) => closedAtMs === null).map(identityOf));
  return perCamera(pulls).flatMap(([camera, log]) =>
    log.flatMap((pull, index) => {
      const { closedAtMs: endedAtMs } = pull;
      if (endedAtMs === null || !living.has(identityOf(pull))) return [];
      const next = log[index + 1];
      return [{ camera, endedAtMs, gapMs: next === undefined ? undefined : next.openedAtMs - endedAtMs }];
    }),
  );
}

function identityOf({ camera, from, openedAtMs }: Pull): string {
  return `${camera} ${from} ${openedAtMs}`;
}

function perCamera(pulls: readonly Pull[]): readonly (readonly [string, readonly Pull[]])[] {
  const logs = new Map<string, Pull[]>();
  for (const pull of [...pulls].sort((left, right) => left.openedAtMs - right.openedAtMs)) {
    logs.set(pull.camera, [...(logs.get(pull.camera) ?? []), pull]);
  }
  return [...logs];
}

function endOf({ closedAtMs }: Pull): number {
  return closedAtMs ?? Number.POSITIVE_INFINITY;
}
