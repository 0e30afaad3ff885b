import { withoutControls } from '../domain/text/plain-text.ts';

/** Rows in columns that are as wide as their widest cell, two blanks apart. The first row may be headings. */
export function printTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(withoutControls));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
    });
  }
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function widthOf(cell: string): number {
  return [...cell].length;
}

/** Clocks that are set by NTP never differ by so much. */
const CLOCKS_DIFFER_MS = 2000;

/** How long ago the instant `iso` was, roughly: `12s`, `5m`, `3h`, `9d`; `-` when it is none. A clock may be wrong. */
export function age(iso: string | undefined, nowMs: number): string {
  const passedMs = nowMs - Date.parse(iso ?? '');
  if (Number.isNaN(passedMs)) return '-';
  if (passedMs < -CLOCKS_DIFFER_MS) return 'in the future';
  const seconds = Math.max(0, Math.floor(passedMs / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
