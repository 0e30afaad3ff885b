const TICKS_PER_S = 90_000;
/** Fewer frames say nothing. */
const LEAST_FRAMES = 5;
/** Of the usual time between two frames: what differs more is a hole, or the source has no even rate. */
const EVEN_SHARE = 0.1;
/** So many of the frames must come evenly. The times of the last frames may not be there yet. */
const EVEN_FRAMES = 0.9;
/** A measured rate so near to a usual one is that one: the times of cameras vary a little. */
const NEAR = 0.012;

/**
 * Frames a second, as FRAME-RATE of a playlist says it.
 *
 * @param ticks when frames are shown, in any order, by a clock of 90 kHz.
 * @returns `undefined` if the source has no even rate, or too little of it was seen.
 */
export function frameRateOf(ticks: readonly number[]): number | undefined {
  const ordered = [...new Set(ticks)].sort((a, b) => a - b);
  const steps = ordered.slice(1).map((tick, index) => tick - (ordered[index] ?? tick));
  if (steps.length < LEAST_FRAMES) return undefined;
  const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1] ?? 0;
  const even = steps.filter((step) => Math.abs(step - usual) <= Math.max(1, usual * EVEN_SHARE));
  if (even.length < steps.length * EVEN_FRAMES) return undefined;
  const measured = (TICKS_PER_S * even.length) / even.reduce((sum, step) => sum + step, 0);
  return Math.round(usualRate(measured) * 1000) / 1000;
}

/** Whole numbers of frames a second, and those of American television. */
function usualRate(measured: number): number {
  const whole = Math.max(1, Math.round(measured));
  const usual = [whole, whole / 1.001].find((rate) => Math.abs(rate - measured) < NEAR);
  return usual ?? measured;
}
