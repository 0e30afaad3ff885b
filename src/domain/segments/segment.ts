/** A closed piece of captured media: what live playlists list and the archive keeps. */
export interface Segment {
  readonly stream: string;
  /** Revision of the claim under which it was captured. */
  readonly epoch: number;
  /** Media sequence number: strictly increasing across owners, near `unix time ÷ segment duration`. */
  readonly number: number;
  /** First segment after a start of ffmpeg. */
  readonly discontinuity: boolean;
  /** Unix milliseconds, by this server's clock, of its first frame. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly bytes: number;
  /** Path of the file. */
  readonly file: string;
}
