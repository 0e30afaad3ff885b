import { printDurationMs } from './text/units.ts';

/** Every time of the membership protocol and of capture, in milliseconds. See SPEC.md for why each is what it is. */
export interface Times {
  /** Between two beats of a session. */
  readonly beatMs: number;
  /** Between two renewals. */
  readonly renewalMs: number;
  /** F: a session without an acknowledgement younger than this is fenced. */
  readonly fenceMs: number;
  /** E: silence after which a peer pledges. */
  readonly evictMs: number;
  /** Fslow: longest time that (c) holds without a renewal; longer than a NATS election. */
  readonly fenceSlowMs: number;
  readonly evictSlowMs: number;
  /** Longest time without the bus. */
  readonly rideMs: number;
  readonly evictRideMs: number;
  /** From losing standing to every capture being dead. */
  readonly killMs: number;
  /** A returned server gets its streams back after it has stood for this long. */
  readonly returnAfterMs: number;
  /** How long others leave a vacated stream to its heir. */
  readonly heirGraceMs: number;
  /** A source without progress for this long has stalled. */
  readonly sourceTimeoutMs: number;
}

export const DEFAULT_TIMES: Times = {
  beatMs: 250,
  renewalMs: 1000,
  fenceMs: 1500,
  evictMs: 2000,
  fenceSlowMs: 12_000,
  evictSlowMs: 13_500,
  rideMs: 600_000,
  evictRideMs: 660_000,
  killMs: 250,
  returnAfterMs: 5000,
  heirGraceMs: 1000,
  sourceTimeoutMs: 10_000,
};

/** The word of each time in the `timing` block of the configuration file, in the order of the interface. */
export const TIME_WORDS = {
  beatMs: 'beat',
  renewalMs: 'renewal',
  fenceMs: 'fence',
  evictMs: 'evict',
  fenceSlowMs: 'fence_slow',
  evictSlowMs: 'evict_slow',
  rideMs: 'ride',
  evictRideMs: 'evict_ride',
  killMs: 'kill',
  returnAfterMs: 'return_after',
  heirGraceMs: 'heir_grace',
  sourceTimeoutMs: 'source_timeout',
} as const satisfies Record<keyof Times, string>;

/** Longer ones are typing errors, and setTimeout turns more than 24.8 days into 1 ms. */
export const MAX_TIME_MS = 7 * 86_400_000;

/** The pace of two clocks that are both off by 1 % differs by this much. */
const CLOCK_DRIFT = 0.02;

/**
 * The inequalities that the safety of membership rests on, as far as `times` break them. Each sentence begins with the
 * word of the time that has to change.
 *
 * The evictor counts from hearing and the evicted session from sending, so a wait is long enough when it covers all that the other
 * side may still do, the killing of its captures, and a margin for scheduling (`beat`) or clock drift.
 */
export function timesProblems(times: Times): string[] {
  const odd = TIME_KEYS.filter((key) => !Number.isInteger(times[key]) || times[key] < 1 || times[key] > MAX_TIME_MS);
  if (odd.length > 0) {
    return odd.map((key) => `${TIME_WORDS[key]} must be from 1ms to ${printDurationMs(MAX_TIME_MS)}`);
  }
  const { beatMs, renewalMs, fenceMs, evictMs, fenceSlowMs, rideMs, killMs } = times;
  const problems: string[] = [];
  const demand = (key: keyof Times, leastMs: number, because: string) => {
    if (times[key] >= leastMs) return;
    const least = `${TIME_WORDS[key]} must be at least ${printDurationMs(Math.ceil(leastMs))}`;
    problems.push(`${least} (${because}), found ${printDurationMs(times[key])}`);
  };
  const outlasts = (waitMs: number) =>
    Math.max(waitMs + killMs + beatMs, Math.ceil((waitMs + killMs) / (1 - CLOCK_DRIFT)));
  demand('fenceMs', 2 * beatMs + 1, 'more than two beats: one lost beat must fence no server');
  demand('fenceMs', renewalMs + beatMs, 'renewal + beat: every renewal comes in time');
  demand('evictMs', outlasts(fenceMs), 'fence + kill + a margin of one beat or 2 % of evict');
  demand('fenceSlowMs', evictMs, 'evict: else a host lost together with the bus fences its peers');
  demand('evictSlowMs', outlasts(fenceSlowMs), 'fence_slow + kill + a margin of one beat or 2 % of evict_slow');
  demand('rideMs', fenceSlowMs, 'fence_slow');
  demand('evictRideMs', outlasts(rideMs), 'ride + kill + a margin of one beat or 2 % of evict_ride');
  return problems;
}

const TIME_KEYS = Object.keys(TIME_WORDS) as readonly (keyof Times)[];
