import type { PackFacts } from '../pack/day-summary.ts';

/** A pack, as retention looks at it. */
export interface HeldRecording extends PackFacts {
  readonly stream: string;
  readonly root: string;
  /** An operator has asked to keep it. */
  readonly isProtected: boolean;
  /** The home has not confirmed yet that it has a copy. */
  readonly isDebt: boolean;
}

/** What a definition asks for; both absent: as long as there is room. */
export interface KeepRule {
  readonly keepMs?: number | undefined;
  readonly maxBytes?: number | undefined;
}
