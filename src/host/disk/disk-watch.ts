import { statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemReason } from '../../domain/system-error.ts';
import { openNewFile } from './own-files.ts';

export interface DiskWatchOptions {
  readonly folder: string;
  /** The smaller of the two is kept free. Share: of the whole disk. */
  readonly leastFree?: { readonly bytes: number; readonly share: number };
  readonly lookEveryMs?: number;
}

const LOOK_EVERY_MS = 1000;
/** Some seconds of many captures: the streams leave before their segments break. A small tmpfs has not as much to spare. */
const LEAST_FREE = { bytes: 64 * 1024 ** 2, share: 0.05 };
/** More room has to be free before the disk counts as good again: the little room that leaving streams free must not bring them back. */
const BACK_AT_FREE_FACTOR = 2;
/** A disk that has not answered for so long cannot keep up with a camera either. */
const ANSWER_WITHIN_MS = 10_000;
const TRIAL_BYTES = 4096;
const TRIAL_FILE = '.write-trial';

/**
 * Whether segments can be stored in a folder, looked at again and again: by the space that is left, and by writing something,
 * which also finds what the space does not tell (a quota, no inodes, a file system that has become read-only, a disk that
 * hangs). ffmpeg would say nothing of it and go on, and a camera's only capture would be one that stores nothing.
 */
export class DiskWatch implements Disposable {
  readonly #options: Required<DiskWatchOptions>;
  readonly #timer: NodeJS.Timeout;
  #problem: string | undefined;
  #lookingSinceMs: number | undefined;
  #isOver = false;
  readonly #looked: Promise<void>;
  readonly #followers = new Set<(problem: string | undefined) => void>();

  constructor(options: DiskWatchOptions) {
    this.#options = {
      leastFree: LEAST_FREE,
      lookEveryMs: LOOK_EVERY_MS,
      ...options,
    };
    this.#timer = setInterval(() => void this.#look(), this.#options.lookEveryMs);
    this.#looked = this.#look();
  }

  /** Resolves when the state of the disk is known, also when it does not answer: a server that joins then says whether it may get streams. */
  async looked(): Promise<void> {
    await Promise.race([this.#looked, new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS).unref())]);
  }

  /** From now on `onChange` is called at each change, with the reason why nothing can be stored (a sentence without a subject), or `undefined`. */
  follow(follower: (problem: string | undefined) => void): void {
    this.#followers.add(follower);
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const nowMs = performance.now();
    if (this.#lookingSinceMs !== undefined) {
      const forMs = nowMs - this.#lookingSinceMs;
      if (forMs > ANSWER_WITHIN_MS) this.#found(`its disk has not answered for ${ANSWER_WITHIN_MS / 1000} s`);
      return;
    }
    this.#lookingSinceMs = nowMs;
    const { folder, leastFree } = this.#options;
    const problem = await storageProblem(folder, { leastFree, isBack: this.#problem !== undefined });
    this.#lookingSinceMs = undefined;
    this.#found(problem);
  }

  #found(problem: string | undefined): void {
    // The room changes all the time: the first reason is kept until the disk is good again.
    if (this.#isOver || (problem === undefined) === (this.#problem === undefined)) return;
    this.#problem = problem;
    for (const follower of this.#followers) follower(problem);
  }
}

interface StorageLook {
  readonly leastFree?: DiskWatchOptions['leastFree'];
  /** It could take nothing until now. */
  readonly isBack?: boolean;
  /** Another process may look at the same time. */
  readonly trialFile?: string;
}

/** Why nothing can be stored in the folder, one sentence without a subject; `undefined`: it can. */
export async function storageProblem(
  folder: string,
  { leastFree = LEAST_FREE, isBack = false, trialFile = TRIAL_FILE }: StorageLook = {},
): Promise<string | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const leastBytes = leastFreeBytes(blocks * bsize, leastFree);
    if (freeBytes < leastBytes * (isBack ? BACK_AT_FREE_FACTOR : 1))
      return `its disk is full: ${mebibytes(freeBytes)} left`;
    const file = join(folder, trialFile);
    const trial = await openNewFile(file);
    try {
      await trial.writeFile(Buffer.alloc(TRIAL_BYTES));
    } finally {
      await trial.close();
    }
    await unlink(file);
    return undefined;
  } catch (error) {
    return `its disk takes nothing: ${systemReason(error)}`;
  }
}

/** Of a disk of that size: with less left it counts as full. */
export function leastFreeBytes(totalBytes: number, { bytes, share } = LEAST_FREE): number {
  return Math.min(bytes, totalBytes * share);
}

export function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
