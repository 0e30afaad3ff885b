/** Between restarts of a failing capture; the last one stays. One bad stream never touches another. */
export const RESTART_DELAYS_MS = [1000, 2000, 5000, 10_000, 30_000] as const;
/** A capture that has had data for this long begins again with the shortest delay. */
export const HEALTHY_AFTER_MS = 60_000;
/** Delays vary by this part either way, so that the streams behind one lost camera switch do not all come back at the same moment. */
const JITTER = 0.25;

/**
 * Cameras keep a closed session alive for a while and refuse the next one. The first connection of a capture, which nearly
 * always follows another server's, is therefore tried this often before a refusal counts.
 */
export const QUICK_RETRIES = 4;
export const QUICK_RETRY_MS = 250;
/**
 * A camera that still keeps the closed session refuses the next one at once. A source that refuses later, such as a playlist server
 * that held the request first, has failed: with further quick retries its error would be shown only after five such waits.
 */
export const QUICK_REFUSAL_WITHIN_MS = 3000;

/** First data must come within this multiple of `source_timeout`. */
export const FIRST_DATA_FACTOR = 1.5;
/** No data for this multiple of `source_timeout`, over all attempts: the source is unreachable from this server. */
export const UNREACHABLE_FACTOR = 3;

/** Wait before the restart that follows the `failures`th failure in a row (from 1). `random` is in [0, 1). */
export function restartDelayMs(failures: number, random: number): number {
  const index = Math.min(Math.max(failures, 1), RESTART_DELAYS_MS.length) - 1;
  const delayMs = RESTART_DELAYS_MS[index] ?? RESTART_DELAYS_MS[0];
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random));
}

/**
 * The input to try after one has failed: the next in order, and the first after the last; but after an attempt that had been healthy, the
 * first. So a capture on a backup input returns to the first one at its next restart. It never leaves a backup that
 * works: probing the first would be a second pull, and switching on a guess would cut a recording.
 */
export function inputAfter(input: number, wasHealthy: boolean, inputCount: number): number {
  return wasHealthy ? 0 : (input + 1) % Math.max(1, inputCount);
}
