import type { Clock } from '../../host/clock.ts';
import type { PackReleaseOutput } from '../../machines/returning/pack-release-contract.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk, DiskReads } from '../disk/archive-disk.ts';
import type { ReadPace } from '../pack/media-reader.ts';
import type { KeepRule } from '../retention/held-recording.ts';

/** What the holder has to know of the herd. */
export interface ReleasingHerd {
  /** `capture_at` of the definition. */
  captureAtOf(stream: string): string | undefined;
  /** Why the server has lost its claim; `undefined`: it has not. */
  goneWhy(server: string): string | undefined;
}

export interface ReleasingOptions {
  readonly disk: ArchiveDisk;
  /** For what other servers ask: see `PromptDisk`. */
  readonly promptDisk: DiskReads;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly server: string;
  /** Makes a question, and the secret that first questions are made of; absent: random ones. */
  readonly newId?: (() => string) | undefined;
  readonly graceMs: number;
  readonly herd: ReleasingHerd;
  readonly ruleOf: (stream: string) => KeepRule | undefined;
  /** The clock may be wrong: no tombstone is removed because of its age. */
  readonly isClockInDoubt: () => boolean;
  /** For packs whose index has lost its hash. */
  readonly pace: ReadPace;
  readonly onEnd: (ended: EndedRelease) => void;
  readonly onProblem: (problem: string) => void;
}

export interface EndedRelease extends PackReleaseOutput {
  readonly stream: string;
  readonly pack: HeldPack;
  /** Where it belonged last. */
  readonly home: string;
}
