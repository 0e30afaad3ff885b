import type { SourceFailure } from '../source-failure.ts';
import type { TranscoderProfile } from './stream-definition.ts';

/** What a source sends, as far as a test of some seconds shows. */
export interface SourceFacts {
  readonly video?: {
    /** By ffmpeg's name. */
    readonly codec: string;
    readonly width?: number;
    readonly height?: number;
    readonly fps?: number;
    /** The longest time from one key frame to the next; absent: there was no second one. */
    readonly keyFrameS?: number;
  };
  readonly sound?: { readonly codec: string; readonly sampleRate?: number; readonly channels?: string };
  /** How much of it was seen. */
  readonly seenS: number;
}

export type SourceTest =
  | (SourceFacts & {
      readonly ok: true;
      /** From connecting to its first data; absent: it was not opened. */
      readonly firstDataS?: number;
      /** What streamherd does with it, and what to change: a sentence each. */
      readonly says: readonly string[];
      /** A JPEG in base64; absent: no picture could be made. */
      readonly picture?: string;
    })
  | { readonly ok: false; readonly failure: SourceFailure };

export interface SourceTestOrder {
  readonly url: string;
  /** Of the stream whose source it is. */
  readonly transcoder?: TranscoderProfile | undefined;
  readonly signal: AbortSignal;
  /** Called when it connects, which may have to wait for other tests. */
  readonly onBegin?: () => void;
}

/** Connects to a source once, and looks at it for some seconds. Rejects with the signal's reason, and with `GateFullError`. */
export type SourceTester = (order: SourceTestOrder) => Promise<SourceTest>;

/** What a source sends, in a line of text. */
export function factsText({ video, sound, seenS }: SourceFacts): string {
  const { codec, width, height, fps, keyFrameS } = video ?? {};
  const facts = [
    ...(codec === undefined ? [] : [codec]),
    ...(width === undefined ? [] : [`${width}x${height}`]),
    ...(fps === undefined ? [] : [`${fps} pictures a second`]),
    ...(keyFrameS === undefined ? [] : [`a key frame every ${keyFrameS} s`]),
    ...(sound === undefined ? [] : [soundText(sound)]),
  ];
  return facts.length === 0 ? '' : `${facts.join(', ')}; seen for ${seenS} s`;
}

function soundText({ codec, sampleRate, channels }: NonNullable<SourceFacts['sound']>): string {
  return ['sound', codec, sampleRate && `${sampleRate} Hz`, channels].filter(Boolean).join(' ');
}
