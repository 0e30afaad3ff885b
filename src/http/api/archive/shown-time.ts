/** Files name times up to the year 9999. */
const MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function isoTime(ms: number): string {
  return new Date(Math.min(Math.max(0, ms), MAX_MS)).toISOString();
}

export function shownInstant(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : isoTime(ms);
}
