import type { Times } from '../times.ts';
import { WALL_TOLERANCE_MS } from './owner-clock.ts';

/** Two clocks may differ by this much in rate, each way. Quartz is a hundred times better; a guest's clock may not be. */
export const CLOCK_RATE_ERROR = 0.01;

/** Beats that must fit into F, so that a lost one fences nobody. */
const BEATS_IN_A_FENCE = 4;

/**
 * Why these times would not be safe or could not work, a sentence each; none: they are good. The configuration is refused
 * with these.
 *
 * The first three are the safety of the protocol: whoever may be evicted stopped capturing before, even if the evictor's
 * clock is fast, the owner's slow, and the owner's captures take `kill` to die.
 */
export function timesProblems(times: Times): readonly string[] {
  const problems: string[] = [];
  const pairs = [
    ['fenceMs', 'evictMs'],
    ['fenceSlowMs', 'evictSlowMs'],
    ['rideMs', 'evictRideMs'],
  ] as const;
  for (const [fence, evict] of pairs) {
    const leastMs = leastEvictMs(times[fence], times.killMs);
    if (times[evict] < leastMs) {
      problems.push(
        `${evict} ${times[evict]}: expected at least ${leastMs}, so that ${fence} and a kill fit in before it`,
      );
    }
  }
  if (times.beatMs * BEATS_IN_A_FENCE > times.fenceMs) {
    problems.push(`beatMs ${times.beatMs}: expected at most a quarter of fenceMs, ${times.fenceMs / BEATS_IN_A_FENCE}`);
  }
  if (times.renewalMs + times.beatMs > times.fenceMs) {
    problems.push(
      `renewalMs ${times.renewalMs}: expected at most fenceMs less a beat, ${times.fenceMs - times.beatMs}`,
    );
  }
  if (times.fenceSlowMs < times.fenceMs) problems.push('fenceSlowMs: expected no less than fenceMs');
  if (times.rideMs < times.fenceSlowMs) problems.push('rideMs: expected no less than fenceSlowMs');
  return problems;
}

/** The shortest silence after which a session that fences itself after `fenceMs` is sure to capture no more. */
export function leastEvictMs(fenceMs: number, killMs: number): number {
  const owner = (fenceMs + killMs) * (1 + CLOCK_RATE_ERROR) + WALL_TOLERANCE_MS;
  return Math.ceil(owner * (1 + CLOCK_RATE_ERROR));
}
