import { lstat, readdir, unlink } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { LiveFolderState } from '../../archive/archive-messages.ts';
import { nameOfForm } from '../../domain/definition/stream-name.ts';
import type { Gate } from '../../domain/gate.ts';
import { isOwnFolder } from '../../host/disk/own-files.ts';
import { parseSegmentName } from '../../media/segment-name.ts';

/** Longer than any segment stays fetchable: a file this old that is in no window was left by an earlier run. */
export const ORPHAN_AGE_MS = 120_000;

/** The folder that ffmpeg writes live segments into, on the side that deletes them: `<data_dir>/live`. */
export class Spool {
  readonly #folder: string;
  readonly #disk: Gate;
  /** Files that wait to be recorded. */
  #held: ReadonlySet<string> = new Set();
  /** Files that were to be deleted while they waited. */
  readonly #late = new Set<string>();
  #keepsLeftovers: boolean;

  /** @param keepsLeftovers files of an earlier run stay until the archive says otherwise. */
  constructor(folder: string, disk: Gate, keepsLeftovers = false) {
    this.#folder = folder;
    this.#disk = disk;
    this.#keepsLeftovers = keepsLeftovers;
  }

  archiveNeeds({ held, isSwept }: Pick<LiveFolderState, 'held' | 'isSwept'>): void {
    this.#held = new Set(held);
    this.#keepsLeftovers = !isSwept;
    for (const file of this.#late) {
      if (this.#held.has(file)) continue;
      this.#late.delete(file);
      void this.remove(file);
    }
  }

  /** Deletes a segment's file, as soon as it is recorded where it has to be. */
  async remove(file: string): Promise<void> {
    if (!file.startsWith(this.#folder + sep)) return;
    if (this.#held.has(file)) {
      this.#late.add(file);
      return;
    }
    const remove = async () => {
      if (await isOwnFolder(dirname(file))) await unlink(file);
    };
    await this.#disk.run(remove).catch(() => {});
  }

  /**
   * Deletes segments that are in no window: those of an earlier run of the server, of an earlier worker, and of captures that
   * were killed in the middle of one. Younger ones stay, since a player may still hold a list with them.
   */
  async sweep(
    isKnown: (stream: string, segment: string) => boolean,
    olderThanMs: number = ORPHAN_AGE_MS,
  ): Promise<void> {
    if (this.#keepsLeftovers) return;
    for (const folder of await this.#entries(this.#folder)) {
      const stream = nameOfForm(folder);
      if (stream === undefined) continue;
      for (const name of await this.#entries(join(this.#folder, folder))) {
        if (!parseSegmentName(name) || isKnown(stream, name)) continue;
        const file = join(this.#folder, folder, name);
        const { mtimeMs } = await this.#disk
          .run(() => lstat(file))
          .catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
        if (Date.now() - mtimeMs > olderThanMs) await this.remove(file);
      }
    }
  }

  /** The path of a segment from an earlier run, which is in no window. */
  fileOf(folder: string, segment: string): string {
    return join(this.#folder, folder, segment);
  }

  async #entries(folder: string): Promise<string[]> {
    return this.#disk.run(() => readdir(folder)).catch(() => []);
  }
}
