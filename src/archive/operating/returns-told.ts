import type { PackId } from '../pack/pack-name.ts';

/** What returns to this server, and what it owes others, as operators see it. Sums are since the worker began. */
export interface ReturnsTold {
  readonly pulling: PullingTold;
  /** By the name of the home. */
  readonly owing: readonly OwingTold[];
}

export interface PullingTold {
  readonly state: PullingState;
  /** By an operator, Unix milliseconds; absent: it is not paused. */
  readonly pausedSinceMs?: number | undefined;
  /** Bytes a second, by configuration; absent: unlimited. */
  readonly rateBytes?: number | undefined;
  readonly inWork: readonly PackInWork[];
  /** By the name of the holder. */
  readonly from: readonly HolderTold[];
  readonly stuck: readonly StuckPack[];
  readonly returnedPacks: number;
  readonly returnedBytes: number;
}

/** `waiting`: nothing is owed to this server, or it may not pull it yet. `paused`: by an operator. */
export type PullingState = 'waiting' | 'running' | 'paused' | 'outside hours';

export interface PackInWork {
  readonly stream: string;
  readonly pack: PackId;
  /** The holder. */
  readonly from: string;
  readonly bytes: number;
  readonly doneBytes: number;
  /** A few words: "fetched", "read back". */
  readonly step: string;
}

export interface PackSum {
  readonly packs: number;
  readonly bytes: number;
}

/** What one server still has for this one. It is told with 0 packs when all has returned: events tell the end by that. */
export interface HolderTold {
  readonly server: string;
  readonly packs: number;
  readonly bytes: number;
  /** Unix milliseconds: the beginning of the oldest one. Absent: there is none. */
  readonly oldestMs?: number | undefined;
  /** Of those that have come from it since the worker began. */
  readonly returned: PackSum;
  /** Of the last minute. */
  readonly bytesASecond: number;
  /** Absent: not known. */
  readonly doneInMs?: number | undefined;
  /** Why nothing comes from it now. */
  readonly problem?: string | undefined;
}

export interface StuckPack {
  readonly stream: string;
  readonly pack: PackId;
  readonly from: string;
  readonly why: string;
  readonly sinceMs: number;
}

/** What this server still has for another one. It is told with 0 packs when nothing is left: events and metrics count what has gone. */
export interface OwingTold {
  readonly home: string;
  /** Not returned yet. */
  readonly packs: number;
  readonly bytes: number;
  readonly oldestMs?: number | undefined;
  /** Returned, and kept here until they have been asked for once more. */
  readonly resting: PackSum;
  /** Erased here after they had returned, since the worker began. */
  readonly released: PackSum;
  /** Its claim was lost, so they belong to this server: since the worker began. */
  readonly adopted: PackSum;
  readonly problem?: string | undefined;
}

export type ReturnsOrder = 'now' | 'pause' | 'resume';

/** What a copy of a pack is to the server that has it. */
export interface Copy {
  /** Where it is to be in the end, as far as that is known now. */
  readonly home: string;
  readonly state: CopyState;
}

/** `owed`: also while it is still recorded. `resting`: its home has it too. */
export type CopyState = 'own' | 'owed' | 'resting';
