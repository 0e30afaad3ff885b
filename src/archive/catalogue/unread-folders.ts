import { hourFolder, type PackId } from '../pack/pack-name.ts';

/** More on one server are a disk that has gone, and then its root is away. */
const MAX_FOLDERS = 10_000;

/** Folders below the roots that could not be read when they were looked at last: of streams, years, months, days and hours. */
export class UnreadFolders {
  readonly #folders = new Set<string>();

  get isEmpty(): boolean {
    return this.#folders.size === 0;
  }

  failed(folder: string): void {
    if (this.#folders.size < MAX_FOLDERS) this.#folders.add(folder);
  }

  /** It was read; the folders in it are to be read by themselves. */
  read(folder: string): void {
    this.#folders.delete(folder);
  }

  /** Of a folder that was read, these could not be, and all others could. */
  inside(folder: string, failed: readonly string[]): void {
    for (const each of this.#folders) if (each === folder || each.startsWith(`${folder}/`)) this.#folders.delete(each);
    for (const each of failed) this.failed(each);
  }

  /** One of those is the folder, or is in it. */
  isIn(folder: string): boolean {
    return this.#folders.has(folder) || [...this.#folders].some((each) => each.startsWith(`${folder}/`));
  }

  /** The pack is in one of those. @param folder the stream's. */
  has(folder: string, { startMs }: Pick<PackId, 'startMs'>): boolean {
    if (this.#folders.has(folder)) return true;
    let path = folder;
    return hourFolder(startMs)
      .split('/')
      .some((part) => {
        path = `${path}/${part}`;
        return this.#folders.has(path);
      });
  }
}
