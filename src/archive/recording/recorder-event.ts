import type { Segment } from '../../domain/segments/segment.ts';
import type { PackFacts } from '../pack/day-summary.ts';
import type { IndexEntry } from '../pack/pack-index.ts';
import type { PackId } from '../pack/pack-name.ts';
import type { LostTime } from './lost-time.ts';

/** What the recorder tells of its work, in the order in which it happened. */
export type RecorderEvent =
  /** The segment is on the disk as far as a process can tell: the live folder may delete it. */
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
  /** The disk of the pack failed: its content stays, and the pack is closed when that disk can be written again. */
  | {
      readonly type: 'pack.left';
      readonly stream: string;
      readonly root: string;
      readonly facts: PackFacts;
      readonly why: string;
    }
  /** Of a pack that was left: what was found when it was closed. */
  | {
      readonly type: 'pack.damaged';
      readonly stream: string;
      readonly root: string;
      readonly id: PackId;
      readonly problem: string;
    }
  /** A pack that was left had nothing that is whole: its files are removed. */
  | { readonly type: 'pack.emptied'; readonly stream: string; readonly root: string; readonly id: PackId }
  /** The live folder may delete the segment. Each segment that was offered is told once, by this event or as stored. */
  | {
      readonly type: 'segment.lost';
      readonly stream: string;
      readonly segment: Segment;
      readonly why: string;
    }
  /** The same lost segments as one time, when nothing more will be added to it; it is in the index of the next pack. */
  | { readonly type: 'time.lost'; readonly stream: string; readonly lost: LostTime }
  /** The clock of the machine was set back: the pack begins before the last one has ended. */
  | { readonly type: 'clock.stepped'; readonly stream: string; readonly backMs: number };

export type TellRecorder = (event: RecorderEvent) => void;
