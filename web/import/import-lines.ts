import type { CheckedLine } from '../../src/http/api/definitions/csv/csv-routes.ts';

/** What has become of a line. */
export type Fate =
  | { readonly is: 'waiting' | 'done' }
  /** With the server's sentence. */
  | { readonly is: 'failed'; readonly why: string };

export interface ImportState {
  readonly lines: readonly CheckedLine[];
  /** The lines that are to be applied. */
  readonly chosen: ReadonlySet<number>;
  /** Of the lines that were applied, or are to be. */
  readonly fates: ReadonlyMap<number, Fate>;
}

/** All that would change something is chosen at first. */
export function firstChoice(lines: readonly CheckedLine[]): ImportState {
  const chosen = new Set(lines.filter(changes).map(({ line }) => line));
  return { lines, chosen, fates: new Map() };
}

export function changes({ action }: Pick<CheckedLine, 'action'>): boolean {
  return action === 'create' || action === 'update';
}

export const ACTIONS: Readonly<Record<CheckedLine['action'], string>> = {
  create: 'added',
  update: 'changed',
  leave: 'unchanged',
  refuse: 'refused',
};

/** `3 added, 1 refused`. */
export function countsText(lines: readonly CheckedLine[]): string {
  const counts = Object.entries(ACTIONS).map(([action, word]) => {
    return [lines.filter((line) => line.action === action).length, word] as const;
  });
  return counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ') || 'no lines';
}

/** What is said of a line, a sentence each. */
export function sentencesOf({ problems, consequences }: CheckedLine): readonly string[] {
  return [...problems.map(({ column, why }) => (column === '' ? why : `${column}: ${why}`)), ...consequences];
}

/** The lines that were chosen and are not applied yet, in their order. */
export function toApply({ lines, chosen, fates }: ImportState): readonly CheckedLine[] {
  return lines.filter((line) => changes(line) && chosen.has(line.line) && fates.get(line.line)?.is !== 'done');
}

/** What is said at the end: how many lines were applied, and how many were not. */
export function endText(fates: ReadonlyMap<number, Fate>): string {
  const all = [...fates.values()];
  const failed = all.filter(({ is }) => is === 'failed').length;
  const done = all.filter(({ is }) => is === 'done').length;
  return failed === 0 ? `${done} applied.` : `${done} applied, ${failed} not applied: each line says why.`;
}
