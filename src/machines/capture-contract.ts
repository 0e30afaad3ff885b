import type { ActorRef, Snapshot } from 'xstate';
import type { SoundPlan } from '../domain/definition/source-sound.ts';
import type { TranscoderProfile } from '../domain/definition/stream-definition.ts';
import type { PushStatus } from '../domain/push/push-status.ts';
import type { Segment } from '../domain/segments/segment.ts';
import type { SourceFailure } from '../domain/source-failure.ts';

/** What one run of ffmpeg needs. */
export interface FfmpegInput {
  readonly stream: string;
  readonly epoch: number;
  readonly url: string;
  /** `undefined`: copy. */
  readonly profile: TranscoderProfile | undefined;
  /** How `profile` came to say what it says of the sound. */
  readonly sound: SoundPlan;
  /** Media sequence number of the first segment. */
  readonly startNumber: number;
  readonly folder: string;
  readonly segmentMs: number;
  readonly sourceTimeoutMs: number;
  /** The first run of its capture: viewers and recordings wait for it. */
  readonly isFirst: boolean;
  /** Where what this run captures is pushed to, by its definition at any moment. */
  readonly pushes: () => readonly string[];
}

export type FfmpegCommand =
  /** SIGTERM, SIGKILL after 1.5 s. */
  | { readonly type: 'ffmpeg.stop' }
  /** As `ffmpeg.stop`; the file of each segment that is closed from now on is removed before the segment is told. */
  | { readonly type: 'ffmpeg.discard' }
  /** SIGKILL now. */
  | { readonly type: 'ffmpeg.kill' };

/** What the ffmpeg actor sends to its parent. `ffmpeg.exited` comes exactly once, and last. */
export type FfmpegReport =
  | { readonly type: 'ffmpeg.started'; readonly pid: number }
  /** Only when `out_time` has advanced: this is what "data" means. */
  | {
      readonly type: 'ffmpeg.progressed';
      readonly outTimeMs: number;
      readonly bitrateKbps?: number;
      readonly speed?: number;
    }
  | { readonly type: 'ffmpeg.segment'; readonly segment: Segment }
  /** The remarks about this run: data flows, but players will not play it, or not all of it. */
  | { readonly type: 'ffmpeg.remarked'; readonly remark: string }
  /** ffmpeg has opened the source: the codec of its sound. Before any data. */
  | { readonly type: 'ffmpeg.sounded'; readonly codec: string }
  /** All pushes of this run, when one of them has changed; none when they end with it. */
  | { readonly type: 'ffmpeg.pushed'; readonly pushes: readonly PushStatus[] }
  | { readonly type: 'ffmpeg.exited'; readonly failure: SourceFailure };

/** What a capture tells the stream it serves. */
export type CaptureReport =
  /** Data flows; `start` counts the runs of ffmpeg in this capture, from 1. */
  | { readonly type: 'capture.live'; readonly input: number; readonly start: number }
  | { readonly type: 'capture.stalled'; readonly input: number }
  | {
      readonly type: 'capture.failed';
      readonly failure: SourceFailure;
      readonly input: number;
      readonly retryInMs: number;
    }
  /** Of the present run, see `ffmpeg.remarked`. */
  | { readonly type: 'capture.remarked'; readonly remark: string }
  /** The sound of an input has this codec. `encodes`: so ffmpeg is started again, to encode it. */
  | { readonly type: 'capture.sounded'; readonly input: number; readonly codec: string; readonly encodes: boolean }
  /** All pushes of the present run, see `ffmpeg.pushed`. */
  | { readonly type: 'capture.pushed'; readonly pushes: readonly PushStatus[] }
  /** The wait after a failure is over, and the next run begins. */
  | { readonly type: 'capture.retried' }
  /** No data for so long, over all attempts. Said again and again while it lasts. */
  | { readonly type: 'capture.unreachable'; readonly darkForMs: number; readonly failure: SourceFailure | null }
  | { readonly type: 'capture.segment'; readonly segment: Segment }
  /** The ffmpeg actor broke, and its ffmpeg may live. Nothing but the end of this process is safe: neither a failure nor an end. */
  | { readonly type: 'capture.broken' }
  /** Asked to stop or die, and ffmpeg is dead. Comes once, and last. */
  | { readonly type: 'capture.ended' };

/** What a machine needs of the outside world besides actors; all of them are total and cheap. */
export interface CaptureWorld {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Highest media sequence number of the stream that this server knows of, from any owner. */
  readonly highestNumber: () => number | undefined;
  /** Codec of the sound of a source, as far as any owner of the stream has told it. */
  readonly soundOf: (url: string) => string | undefined;
  /** Where the newest definition of the stream wants it pushed to. */
  readonly pushes: () => readonly string[];
}

export interface CaptureInput {
  /** The actor that gets the reports. */
  readonly parent: ActorRef<Snapshot<unknown>, CaptureReport>;
  readonly stream: string;
  readonly epoch: number;
  readonly inputs: readonly string[];
  readonly profile: TranscoderProfile | undefined;
  readonly folder: string;
  readonly segmentMs: number;
  readonly sourceTimeoutMs: number;
  /** From the record that the claim replaced. */
  readonly nextNumber: number | undefined;
  readonly world: CaptureWorld;
}

export type CaptureCommand =
  /** End: let ffmpeg close its last segment. */
  | { readonly type: 'capture.stop' }
  /** End at once: ownership is lost, another server may start any moment. */
  | { readonly type: 'capture.kill' };
