import type { PackFacts } from '../pack/day-summary.ts';
import type { IndexEntry } from '../pack/pack-index.ts';
import type { LostTime } from './lost-time.ts';

/** What the recorder tells of its work, in the order in which it happened. */
export type RecorderEvent =
  /** It is on the disk as far as a process can tell: the live folder may let it go. */
  | {
      readonly type: 'segment.stored';
      readonly stream: string;
      readonly root: string;
      readonly facts: PackFacts;
      readonly entry: IndexEntry;
    }
  /** A power loss does not take what has been stored of the pack up to here. */
  | { readonly type: 'pack.synced'; readonly stream: string; readonly root: string; readonly facts: PackFacts }
  | {
      readonly type: 'pack.closed';
      readonly stream: string;
      readonly root: string;
      readonly facts: PackFacts;
      readonly sha256: string;
    }
  /** Its disk failed: what is in it stays, and the pack is closed later, from what is there. */
  | { readonly type: 'pack.left'; readonly stream: string; readonly root: string; readonly facts: PackFacts }
  | { readonly type: 'time.lost'; readonly stream: string; readonly lost: LostTime }
  /** The clock of the machine was set back: the pack begins before the last one has ended. */
  | { readonly type: 'clock.stepped'; readonly stream: string; readonly backMs: number };

export type TellRecorder = (event: RecorderEvent) => void;
