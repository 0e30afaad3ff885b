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
