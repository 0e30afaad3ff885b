/** Why a run of ffmpeg ended. Ending is always a failure for a live source, also with exit status 0. */
export interface SourceFailure {
  readonly kind: SourceFailureKind;
  /** One sentence, scrubbed of credentials. */
  readonly message: string;
}

export type SourceFailureKind =
  | 'refused'
  | 'unreachable'
  | 'authentication'
  | 'not-found'
  /** No data within the deadline. */
  | 'timeout'
  | 'unsupported'
  /** The source ended or was lost. */
  | 'ended'
  /** A fault of the server, not of the source: disk, options, a missing ffmpeg. */
  | 'ours';
