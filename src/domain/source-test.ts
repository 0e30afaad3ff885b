import type { SourceFailure } from './source-failure.ts';

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
      /** What streamherd does with it when nothing else is said, and what to change: a sentence each. */
      readonly says: readonly string[];
      /** A JPEG in base64; absent: no picture could be made. */
      readonly picture?: string;
    })
  | { readonly ok: false; readonly failure: SourceFailure };

/** Connects to a source once, and looks at it for some seconds. Rejects with the signal's reason, and with `GateFullError`. */
export type SourceTester = (url: string, signal: AbortSignal) => Promise<SourceTest>;
