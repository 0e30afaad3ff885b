import type { Clock } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { ArchiveRoots } from '../disk/archive-roots.ts';
import { diskReason } from '../disk/stall.ts';
import { isSamePack, type PackId } from '../pack/pack-name.ts';
import type { PackPlace } from '../pack/pack-reading.ts';
import type { TellRecorder } from './recorder-event.ts';
import { type SealInput, sealPack } from './sealing.ts';

export interface LeftPack {
  readonly root: string;
  readonly place: PackPlace;
  readonly id: PackId;
  /** Why it was left, a clause for people. */
  readonly why: string;
  /** The last segment that was stored in it. */
  readonly lastNumber: number;
  /** Resolves when no call into the disk is under way that could still write into it. */
  readonly released: Promise<void>;
}

export interface LeftPacksOptions {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly roots: ArchiveRoots;
  readonly tell: TellRecorder;
  /** Waits until so many bytes may be read. */
  readonly pace: (bytes: number) => Promise<void>;
}

/** Of an earlier run, and it could not be closed at the start: that was the first try. */
export type EarlierPack = Pick<LeftPack, 'root' | 'place' | 'id'>;

interface WaitingPack {
  readonly root: string;
  readonly sealing: Pick<SealInput, 'place' | 'id' | 'why' | 'lastNumber'>;
  isReleased: boolean;
  tries: number;
  notBeforeMs: number;
}

/** A disk that fails leaves one open pack of each stream. If there are more, the next start closes them. */
const MAX_LEFT = 10_000;
/** Of one pack, about a day. With the last one, what its disk cannot read is lost. If that fails too, it is left to the next start. */
const MAX_TRIES = 30;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/**
 * Packs that a disk has left open: they are closed, one at a time on each root, when that can be written again and all of them can be read.
 * Until then they are played like other open packs.
 */
export class LeftPacks {
  readonly #options: LeftPacksOptions;
  readonly #waiting = new Set<WaitingPack>();
  /** Roots on which one is being closed: a root that hangs holds up no other. */
  readonly #sealing = new Set<string>();

  constructor(options: LeftPacksOptions) {
    this.#options = options;
  }

  add({ root, place, id, why, lastNumber, released }: LeftPack): void {
    const sealing = { place, id, why: `its disk failed: ${why}`, lastNumber };
    const waiting = { root, sealing, isReleased: false, tries: 0, notBeforeMs: Number.NEGATIVE_INFINITY };
    this.#add(waiting);
    void released.then(() => {
      waiting.isReleased = true;
    });
  }

  addEarlier({ root, place, id }: EarlierPack): void {
    const notBeforeMs = this.#options.clock.now() + FIRST_PAUSE_MS;
    this.#add({ root, sealing: { place, id }, isReleased: true, tries: 1, notBeforeMs });
  }

  has({ root, place, id }: EarlierPack): boolean {
    return [...this.#waiting].some(
      (left) => left.root === root && left.sealing.place.stream === place.stream && isSamePack(left.sealing.id, id),
    );
  }

  tick(): void {
    const { clock, roots } = this.#options;
    for (const left of this.#waiting) {
      const isDue = left.isReleased && clock.now() >= left.notBeforeMs && roots.problemOf(left.root) === undefined;
      if (!isDue || this.#sealing.has(left.root)) continue;
      this.#sealing.add(left.root);
      void this.#seal(left).finally(() => this.#sealing.delete(left.root));
    }
  }

  #add(waiting: WaitingPack): void {
    if (this.#waiting.size < MAX_LEFT) this.#waiting.add(waiting);
  }

  async #seal(left: WaitingPack): Promise<void> {
    const { disk, clock, tell, pace } = this.#options;
    const { root, sealing } = left;
    const { place, id } = sealing;
    const { stream } = place;
    try {
      const isUnreadableLost = left.tries === MAX_TRIES - 1;
      const sealed = await sealPack({ ...sealing, disk, clock, pace, isUnreadableLost });
      this.#waiting.delete(left);
      for (const problem of sealed.problems) tell({ type: 'pack.damaged', stream, root, id, problem });
      if (sealed.is === 'closed') {
        tell({ type: 'pack.closed', stream, root, facts: sealed.facts, sha256: sealed.sha256 });
      } else if (sealed.is === 'empty') tell({ type: 'pack.emptied', stream, root, id });
    } catch (error) {
      left.notBeforeMs = clock.now() + Math.min(FIRST_PAUSE_MS * 2 ** left.tries, LONGEST_PAUSE_MS);
      left.tries += 1;
      if (left.tries < MAX_TRIES) return;
      this.#waiting.delete(left);
      const problem = `${place.folder}: a pack could not be closed, and is not tried again before the next start: ${diskReason(error)}`;
      tell({ type: 'pack.damaged', stream, root, id, problem });
    }
  }
}
