import type { Segment } from '../../domain/segments/segment.ts';
import { codeOf } from '../../domain/system-error.ts';
import type { Clock } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';
import { mustBeMounted } from '../disk/root-identity.ts';
import { diskReason, isOfOneFolder, within } from '../disk/stall.ts';
import { SUMMARY_FILE, summaryLine } from '../pack/day-summary.ts';
import type { Gap, IndexEntry, PackHeader } from '../pack/pack-index.ts';
import { dayFolder } from '../pack/pack-name.ts';
import type { PackPlace } from '../pack/pack-reading.ts';
import type { LeftPacks } from './left-packs.ts';
import { OpenPack } from './open-pack.ts';
import type { TellRecorder } from './recorder-event.ts';

/** After this time the streams of a disk that hangs are recorded on another one. */
export const STALL_MS = 5000;
/** How often the folder of a pack is made. */
const FOLDER_TRIES = 5;

export interface RootsToRecord {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly roots: ArchiveRoots;
  readonly left: LeftPacks;
  readonly tell: TellRecorder;
  readonly syncMs: number;
}

export interface PackBeginning {
  readonly root: string;
  readonly place: PackPlace;
  readonly header: PackHeader;
  /** Before it. */
  readonly gaps: readonly Gap[];
  /** Of its first segment. */
  readonly firstBytes: number;
  /** From 0 to 1: how much of the time between two syncs has passed. */
  readonly stagger: number;
}

/** The pack that a stream is recorded into, on a disk that may fail or hang: then it is left, and closed when that root is back. */
export class PackAtRoot {
  readonly root: string;
  readonly pack: OpenPack;
  readonly #input: RootsToRecord;
  #lastSyncMs: number;

  private constructor(input: RootsToRecord, pack: OpenPack, { root, stagger }: PackBeginning) {
    this.#input = input;
    this.pack = pack;
    this.root = root;
    this.#lastSyncMs = input.clock.now() - stagger * input.syncMs;
    input.roots.count(root, 1);
  }

  /** @throws StallError, and what `OpenPack.begin` throws. */
  static async begin(input: RootsToRecord, beginning: PackBeginning): Promise<PackAtRoot> {
    const { disk, clock, left } = input;
    const { root, place, header } = beginning;
    const begun = beginInFolder(disk, beginning);
    const pack = await within(clock, STALL_MS, begun).catch((error: unknown) => {
      const why = diskReason(error);
      void begun
        .then((late) =>
          left.add({ root, place, id: header, why, lastNumber: late.lastNumber, released: late.abandon() }),
        )
        .catch(() => {});
      throw error;
    });
    return new PackAtRoot(input, pack, beginning);
  }

  get isSyncDue(): boolean {
    const { clock, syncMs } = this.#input;
    return this.pack.unsynced > 0 && clock.now() - this.#lastSyncMs >= syncMs;
  }

  /** @throws the disk's error: then the pack has to be left. */
  append(segment: Segment, bytes: Uint8Array): Promise<IndexEntry> {
    return within(this.#input.clock, STALL_MS, this.pack.append(segment, bytes));
  }

  /** Whether it could be synced: if not, it has been left. */
  async isSynced(): Promise<boolean> {
    const { clock, tell } = this.#input;
    try {
      await within(clock, STALL_MS, this.pack.sync());
      this.#lastSyncMs = clock.now();
      tell({ type: 'pack.synced', stream: this.#stream, root: this.root, facts: this.pack.facts });
      return true;
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  /** Closes it, or leaves it. */
  async end(why: string): Promise<void> {
    const { disk, clock, roots, tell } = this.#input;
    try {
      const sha256 = await within(clock, STALL_MS, this.pack.close(why));
      roots.count(this.root, -1);
      const facts = this.pack.facts;
      const summary = `${this.pack.place.folder}/${dayFolder(facts.startMs)}/${SUMMARY_FILE}`;
      // Nothing depends on the summary alone: a start without it reads the folders.
      await within(clock, STALL_MS, disk.append(summary, summaryLine(facts))).catch(() => {});
      tell({ type: 'pack.closed', stream: this.#stream, root: this.root, facts, sha256 });
    } catch (error) {
      this.failed(error);
    }
  }

  /** Its disk did not do what it was asked. */
  failed(error: unknown): void {
    const why = diskReason(error);
    if (!isOfOneFolder(error)) this.#input.roots.failed(this.root, why);
    this.leave(why);
  }

  /** Leaves it as it is. */
  leave(why: string): void {
    const { roots, left, tell } = this.#input;
    const { place, header, lastNumber } = this.pack;
    roots.count(this.root, -1);
    tell({ type: 'pack.left', stream: this.#stream, root: this.root, facts: this.pack.facts, why });
    left.add({ root: this.root, place, id: header, why, lastNumber, released: this.pack.abandon() });
  }

  get #stream(): string {
    return this.pack.place.stream;
  }
}

/**
 * What has returned, or is too old, is removed with the folder that it leaves empty: at times with one that was just made for this pack.
 * That is no failure of the disk, so the folder is made again.
 */
async function beginInFolder(disk: ArchiveDisk, beginning: PackBeginning): Promise<OpenPack> {
  const { root, place, header, gaps, firstBytes } = beginning;
  for (let triesLeft = FOLDER_TRIES; ; triesLeft -= 1) {
    await mustBeMounted(disk, root, place.server);
    try {
      return await OpenPack.begin({ disk, place, header, gaps }, firstBytes);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || triesLeft === 1) throw error;
    }
  }
}
