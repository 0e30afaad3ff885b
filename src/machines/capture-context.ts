import { isCarried, type SoundPlan, soundEncoded } from '../domain/definition/source-sound.ts';
import { schemeOf } from '../domain/definition/source-url.ts';
import type { TranscoderProfile } from '../domain/definition/stream-definition.ts';
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
  /** By input, the codec of its sound as ffmpeg has told it in this capture. */
  readonly codecs: Readonly<Record<number, string>>;
  /** Of the present run. */
  readonly sound: SoundPlan;
  /** The present run has told its sound. */
  readonly hasSounded: boolean;
  /** The present run has had data. */
  readonly hasData: boolean;
  /** The input whose sound was encoded in the last run, which had no data. */
  readonly silentInput: number | undefined;
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
    codecs: {},
    sound: 'as-defined',
    hasSounded: false,
    hasData: false,
    silentInput: undefined,
  };
}

/** What ffmpeg is to do with the sound when it is started now. */
export function soundPlan(context: CaptureContext): SoundPlan {
  const url = context.inputs[context.input] ?? '';
  if (context.profile !== undefined || schemeOf(url) === 'test') return 'as-defined';
  const codec = codecOf(context);
  if (codec === undefined || isCarried(codec)) return 'tried';
  return context.silentInput === context.input ? 'given-up' : 'encoded';
}

/**
 * An encoder waits for the first sound, and the picture waits for the encoder. A camera that announces sound and sends none would
 * be dark for ever, so the run after such a one copies.
 */
export function silentInput({ sound, hasSounded, hasData, input }: CaptureContext): number | undefined {
  return sound === 'encoded' && hasSounded && !hasData ? input : undefined;
}

/** What the last one that told it has told. */
function codecOf({ codecs, inputs, input, world }: CaptureContext): string | undefined {
  return codecs[input] ?? world.soundOf(inputs[input] ?? '');
}

function profileOf(context: CaptureContext): TranscoderProfile | undefined {
  return context.sound === 'encoded' ? soundEncoded(codecOf(context) ?? '') : context.profile;
}

/** What the next run of ffmpeg is started with. */
export function ffmpegInput(context: CaptureContext): FfmpegInput {
  const { stream, epoch, inputs, input, sound, folder, segmentMs, sourceTimeoutMs, world } = context;
  const known = Math.max(context.lastNumber ?? -1, world.highestNumber() ?? -1);
  return {
    stream,
    epoch,
    url: inputs[input] ?? '',
    profile: profileOf(context),
    sound,
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
    pushes: world.pushes,
  };
}
