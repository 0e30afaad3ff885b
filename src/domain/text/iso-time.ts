/** Files and people name times up to the end of the year 9999. Unix milliseconds. */
export const LATEST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Of a time that another server or a disk may have said: one before 1970 or beyond the latest is told as that. */
export function isoTime(unixMs: number): string {
  return new Date(Math.min(Math.max(0, unixMs), LATEST_MS)).toISOString();
}
