/**
 * What a stream is, as its operator defines it: the JSON value in the KV bucket `streams`, the body of
 * `PUT /api/v1/streams/<stream>`, and what a `stream` block of the configuration file becomes.
 */

export interface Dvr {
  /** Longest age of a recording. Absent: no bound by age. */
  readonly keepMs?: number;
  /** Most bytes that the recordings of the stream take. Absent: no bound by size. */
  readonly maxBytes?: number;
}

export interface TranscoderProfile {
  /** Default `h264` in a profile that is given; a stream without profile is copied. */
  readonly video: 'h264' | 'hevc' | 'copy' | 'none';
  readonly videoKbps?: number;
  readonly size?: { readonly width: number; readonly height: number };
  readonly fps?: number;
  /** Frames between key frames. */
  readonly gop?: number;
  readonly preset?: string;
  readonly audio: 'aac' | 'copy' | 'none';
  readonly audioKbps?: number;
}

export interface StreamDefinition {
  /** Source URLs, tried in order. At least one. */
  readonly inputs: readonly string[];
  readonly title?: string;
  readonly dvr?: Dvr;
  readonly transcoder?: TranscoderProfile;
  /** In force while a server other than a set `captureAt` has the stream. */
  readonly backupTranscoder?: TranscoderProfile;
  /** The server that the stream is softly pinned to. */
  readonly captureAt?: string;
  /** Where the owner pushes what it captures. Absent: nowhere. */
  readonly push?: readonly string[];
  readonly disabled: boolean;
  /** Share of a server's quota that the stream takes, more than 0. Default 1. */
  readonly weight: number;
  /** Servers whose configuration files applied this definition; empty when another client published it. */
  readonly appliedFrom: readonly string[];
}
