import { startNumber } from '../domain/segments/segment-number.ts';
import type { SourceFailure } from '../domain/source-failure.ts';
import type { CaptureInput, FfmpegInput } from './capture-contract.ts';

export interface CaptureContext extends CaptureInput {
  /** Index of the input in use. */
  readonly input: number;
  /** The input that failed last. */
  readonly failedInput: number;
  /** Runs of ffmpeg so far. */
  readonly starts: number;
  /** Failures in a row that count. */
  readonly failures: number;
  readonly quickRetries: number;
  readonly everLive: boolean;
  /** The present run has had data for `HEALTHY_AFTER_MS`. */
  readonly healthy: boolean;
  /** No data flows, and how long is being watched. */
  readonly dark: boolean;
  readonly retryInMs: number;
  readonly lastNumber: number | undefined;
  readonly bitrateKbps: number | undefined;
  readonly lastFailure: SourceFailure | null;
}

export function captureContext(input: CaptureInput): CaptureContext {
  return {
    ...input,
    input: 0,
    failedInput: 0,
    starts: 0,
    failures: 0,
    quickRetries: 0,
    everLive: false,
    healthy: false,
    dark: false,
    retryInMs: 0,
    lastNumber: undefined,
    bitrateKbps: undefined,
    lastFailure: null,
  };
}

/** What the next run of ffmpeg is started with. */
export function ffmpegInput(context: CaptureContext): FfmpegInput {
  const { stream, epoch, inputs, input, profile, folder, segmentMs, sourceTimeoutMs, world } = context;
  const known = Math.max(context.lastNumber ?? -1, world.highestNumber() ?? -1);
  return {
    stream,
    epoch,
    url: inputs[input] ?? '',
    profile,
    startNumber: startNumber({
      nowUnixMs: world.now(),
      segmentMs,
      highestNumber: known < 0 ? undefined : known,
      nextNumber: context.nextNumber,
    }),
    folder,
    segmentMs,
    sourceTimeoutMs,
    isFirst: context.starts === 1,
  };
}
