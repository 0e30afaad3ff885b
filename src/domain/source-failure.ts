/** Why a capture ended. `ended`: the source closed or we stopped it; `ours`: this server's own fault, not the source's. */
export interface SourceFailure {
  readonly kind:
    | 'refused'
    | 'unreachable'
    | 'authentication'
    | 'not-found'
    | 'timeout'
    | 'unsupported'
    | 'ended'
    | 'ours';
  /** One sentence that a person understands; never a secret. */
  readonly message: string;
}
