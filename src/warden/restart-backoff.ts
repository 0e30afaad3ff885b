/** Between the end of a server process and the next one: this, doubled with every end in a row. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A server process that ran for this long begins the row anew. */
export const HEALTHY_AFTER_MS = 60_000;

/** How many ends in a row there are now, counting the one of a server process that ran for `ranMs`. */
export function endsInARow(before: number, ranMs: number): number {
  return ranMs >= HEALTHY_AFTER_MS ? 1 : before + 1;
}

/** Wait after the `ends`th end in a row, from 1. The first is short: most crashes do not come twice. */
export function restartDelayMs(ends: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, ends - 1));
}
