/** Which viewers may play. With neither a key nor a backend every viewer may. */
export interface PlayRules {
  /** Keys that tokens of viewers are signed with: the one in use, and older ones while their tokens last. */
  readonly tokenKeys: readonly string[];
  /** A backend that is asked whether a viewer may play. */
  readonly onPlay?: string;
}

/** Every viewer may play. */
export function isOpen({ tokenKeys, onPlay }: PlayRules): boolean {
  return tokenKeys.length === 0 && onPlay === undefined;
}
