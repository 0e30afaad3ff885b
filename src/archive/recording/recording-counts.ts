import type { Clock } from '../../host/clock.ts';
import type { RecorderEvent } from './recorder-event.ts';

/** Why time was lost, for metrics: a few words, where the sentences of events are many. */
export const LOSS_REASONS = ['full', 'hanging', 'offline', 'refused', 'live-folder', 'other'] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

const PATTERNS: readonly (readonly [LossReason, RegExp])[] = [
  ['live-folder', /live folder/],
  ['full', /ENOSPC|EDQUOT|[Nn]o space|is full|quota/],
  ['hanging', /has not answered/],
  ['offline', /is not mounted|streamherd-archive\.json|not been looked at/],
  ['refused', /\bE[A-Z]{2,}|read-only|permission denied/],
];

/** @param why as `LostTime` has it */
export function lossReason(why: string): LossReason {
  return PATTERNS.find(([, pattern]) => pattern.test(why))?.[0] ?? 'other';
}

/** The longest delay of so many of the last seconds is shown. */
const DELAY_SHOWN_MS = 60_000;

export interface StreamCounts {
  /** Milliseconds. */
  recordedMs: number;
  recordedBytes: number;
  lostMs: number;
  lostMsByReason: Readonly<Partial<Record<LossReason, number>>>;
}

const NO_COUNTS: Readonly<StreamCounts> = { recordedMs: 0, recordedBytes: 0, lostMs: 0, lostMsByReason: {} };

/** What has been recorded, and what has not, since the worker began. */
export class RecordingCounts {
  readonly #clock: Clock;
  readonly #streams = new Map<string, StreamCounts>();
  readonly #beganMs: number;
  #longest = { delayMs: 0, atMs: Number.NEGATIVE_INFINITY };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.unixMs();
  }

  apply(event: RecorderEvent): void {
    if (event.type === 'segment.stored') {
      const { startMs, durationMs, bytes } = event.entry;
      const counts = this.#of(event.stream);
      counts.recordedMs += durationMs;
      counts.recordedBytes += bytes;
      // What an earlier run left has waited for this one, not for a disk.
      if (startMs + durationMs >= this.#beganMs) this.#delayed(this.#clock.unixMs() - startMs - durationMs);
    } else if (event.type === 'time.lost') {
      const { fromMs, untilMs, why } = event.lost;
      const counts = this.#of(event.stream);
      const reason = lossReason(why);
      const lostMs = untilMs - fromMs;
      counts.lostMs += lostMs;
      counts.lostMsByReason = { ...counts.lostMsByReason, [reason]: (counts.lostMsByReason[reason] ?? 0) + lostMs };
    }
  }

  /** Of which anything was recorded or lost. */
  get streams(): readonly string[] {
    return [...this.#streams.keys()];
  }

  of(stream: string): Readonly<StreamCounts> {
    return this.#streams.get(stream) ?? NO_COUNTS;
  }

  /** The longest time of the last minute from the end of a segment to its recording. It is less exact while the clock is being adjusted. */
  get delayMs(): number {
    return this.#clock.now() - this.#longest.atMs <= DELAY_SHOWN_MS ? Math.max(0, this.#longest.delayMs) : 0;
  }

  #delayed(delayMs: number): void {
    const nowMs = this.#clock.now();
    const isOld = nowMs - this.#longest.atMs > DELAY_SHOWN_MS;
    if (isOld || delayMs >= this.#longest.delayMs) this.#longest = { delayMs, atMs: nowMs };
  }

  #of(stream: string): StreamCounts {
    let counts = this.#streams.get(stream);
    if (counts === undefined) {
      counts = { ...NO_COUNTS };
      this.#streams.set(stream, counts);
    }
    return counts;
  }
}
