import { dirname } from 'node:path';
import type { ArchiveDisk, ArchiveFile, DiskSpace, FileLook } from '../../../src/archive/disk/archive-disk.ts';
import type { Random } from '../random.ts';
import { Inode } from './inode.ts';

/** After this nothing is written any more: the process has ended, or the power is gone. */
export class DiskStopped extends Error {
  override readonly name = 'DiskStopped';
}

/** How a disk misbehaves, by the path that is asked for. */
export interface DiskFaults {
  /** The error's code of every write below the path. */
  readonly refuses: Map<string, string>;
  /** The error's code of every look and read at the path and below it. */
  readonly unreadable: Map<string, string>;
  /** Calls below the path are not answered, also not later; only `comeBack` answers them. */
  readonly hangs: Set<string>;
}

/**
 * A disk in memory that knows what is synced. It can stop after any of its writes, in the middle of it, and then be looked at
 * as it would be found: `afterProcessEnd`, `afterPowerLoss`.
 */
export class MemoryDisk implements ArchiveDisk {
  readonly faults: DiskFaults = { refuses: new Map(), unreadable: new Map(), hangs: new Set() };
  readonly #files = new Map<string, Inode>();
  readonly #folders = new Set<string>(['/']);
  /** Names that survive a power loss, and what they name. */
  readonly #named = new Map<string, Inode | 'folder'>([['/', 'folder']]);
  /** After so many writes it stops. */
  writesLeft = Number.POSITIVE_INFINITY;
  writes = 0;
  readonly #held = new Set<() => void>();
  space_: DiskSpace = { totalBytes: 1e12, freeBytes: 5e11 };
  nowMs = 0;

  async names(folder: string): Promise<readonly string[]> {
    await this.#read(folder);
    if (this.#files.has(folder)) throw systemError('ENOTDIR', folder);
    const prefix = folder === '/' ? '/' : `${folder}/`;
    const names = [...this.#files.keys(), ...this.#folders]
      .filter((path) => path.startsWith(prefix) && path !== folder)
      .map((path) => path.slice(prefix.length).split('/')[0] ?? '');
    return [...new Set(names)].filter((name) => name !== '');
  }

  async look(path: string): Promise<FileLook | undefined> {
    await this.#read(path);
    for (let above = dirname(path); above !== '/'; above = dirname(above))
      if (this.#files.has(above)) throw systemError('ENOTDIR', path);
    const file = this.#files.get(path);
    return file && { bytes: file.data.length, modifiedMs: file.modifiedMs };
  }

  async read(path: string, at: number, bytes: number): Promise<Buffer> {
    await this.#read(path);
    return Buffer.from(this.#file(path).data.subarray(at, at + bytes));
  }

  readFromDisk(path: string, at: number, bytes: number): Promise<Buffer> {
    return this.read(path, at, bytes);
  }

  async makeFolder(path: string): Promise<readonly string[]> {
    await this.#written(path);
    const made: string[] = [];
    for (let folder = path; !this.#folders.has(folder); folder = dirname(folder)) made.unshift(folder);
    const file = made.find((folder) => this.#files.has(folder));
    if (file !== undefined) throw systemError('ENOTDIR', file);
    for (const folder of made) this.#folders.add(folder);
    return made;
  }

  async create(path: string): Promise<ArchiveFile> {
    await this.#written(path);
    if (this.#files.has(path)) throw systemError('EEXIST', path);
    return this.#opened(path, this.#make(path));
  }

  async open(path: string): Promise<ArchiveFile> {
    await this.#asked(path);
    return this.#opened(path, this.#file(path));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#written(to);
    const file = this.#file(from);
    if (!this.#folders.has(dirname(to))) throw systemError('ENOENT', to);
    this.#files.delete(from);
    this.#files.set(to, file);
  }

  #opened(path: string, file: Inode): ArchiveFile {
    let isOpen = true;
    const opened = () => {
      if (!isOpen) throw systemError('EBADF', path);
    };
    return {
      write: async (bytes, at) => {
        opened();
        // What is written when the process ends is there in part.
        const part = this.writesLeft === 1 ? Math.floor(bytes.length / 2) : bytes.length;
        await this.#written(path, () => file.put(bytes.subarray(0, part), at, this.nowMs));
      },
      sync: async () => {
        opened();
        await this.#written(path);
        file.sync();
      },
      close: async () => {
        await this.#asked(path);
        isOpen = false;
      },
    };
  }

  async append(path: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const part = this.writesLeft === 1 ? Math.floor(bytes.length / 2) : bytes.length;
    await this.#written(path, () => {
      const file = this.#files.get(path) ?? this.#make(path);
      file.put(bytes.subarray(0, part), file.data.length, this.nowMs);
    });
  }

  async replace(path: string, text: string): Promise<void> {
    await this.#written(path);
    if (!this.#folders.has(dirname(path))) throw systemError('ENOENT', path);
    const file = Inode.durable(Buffer.from(text), this.nowMs);
    this.#files.set(path, file);
    if (this.#named.has(dirname(path))) this.#named.set(path, file);
  }

  async remove(path: string): Promise<void> {
    await this.#written(path);
    this.#files.delete(path);
  }

  async removeEmptyFolder(path: string): Promise<void> {
    await this.#written(path);
    if ((await this.names(path)).length === 0) this.#folders.delete(path);
  }

  async syncFolder(path: string): Promise<void> {
    await this.#written(path);
    if (!this.#folders.has(path)) throw systemError('ENOENT', path);
    for (const name of [...this.#named.keys()]) {
      if (dirname(name) === path && !this.#files.has(name) && !this.#folders.has(name)) this.#named.delete(name);
    }
    for (const [name, file] of this.#files) if (dirname(name) === path) this.#named.set(name, file);
    for (const name of this.#folders) if (dirname(name) === path) this.#named.set(name, 'folder');
  }

  async space(folder: string): Promise<DiskSpace> {
    await this.#asked(folder);
    return this.space_;
  }

  /** All files as they are, by path. */
  contents(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#files].map(([path, { data }]) => [path, Buffer.from(data)]));
  }

  contentOf(path: string): Buffer | undefined {
    return this.#files.get(path)?.data;
  }

  pathsBelow(prefix: string): readonly string[] {
    return [...this.#files.keys()].filter((path) => path.startsWith(prefix));
  }

  isDurable(path: string): boolean {
    const file = this.#files.get(path);
    if (file === undefined || this.#named.get(path) !== file || !file.isSynced) return false;
    let folder = dirname(path);
    while (this.#named.get(folder) === 'folder' && folder !== '/') folder = dirname(folder);
    return folder === '/';
  }

  /** Writes or damages a file directly, without the interface of the disk. */
  tamper(path: string, data: Buffer | undefined): void {
    if (data === undefined) this.#files.delete(path);
    else {
      this.#makeFoldersOf(path);
      this.#files.set(path, Inode.durable(data, this.nowMs));
    }
  }

  /** What the kernel has: all that was written. What was not synced would still be lost with the power. */
  afterProcessEnd(): MemoryDisk {
    const found = new MemoryDisk();
    for (const folder of this.#folders) found.#folders.add(folder);
    const copies = new Map<Inode, Inode>();
    const copyOf = (file: Inode): Inode => {
      const copy = copies.get(file) ?? file.copy();
      copies.set(file, copy);
      return copy;
    };
    for (const [path, file] of this.#files) found.#files.set(path, copyOf(file));
    for (const [path, named] of this.#named) found.#named.set(path, named === 'folder' ? named : copyOf(named));
    return found;
  }

  /** All that was synced, and a random part of the rest: names, a part of a file, zeros in its place. */
  afterPowerLoss(random: Random): MemoryDisk {
    const found = new MemoryDisk();
    const isThere = (path: string): boolean =>
      path === '/' || (isThere(dirname(path)) && (this.#named.has(path) || random.chance(0.5)));
    const folders = [...this.#folders].filter((path) => path !== '/').sort();
    for (const folder of folders) {
      if (found.#folders.has(dirname(folder)) && (this.#named.has(folder) || random.chance(0.5)))
        found.#folders.add(folder);
    }
    const removed = [...this.#named].flatMap(([path, file]) =>
      file !== 'folder' && !this.#files.has(path) && random.chance(0.5) ? [[path, file] as const] : [],
    );
    for (const [path, file] of [...this.#files, ...removed]) {
      if (!found.#folders.has(dirname(path)) || !isThere(path)) continue;
      const named = this.#named.get(path);
      // A file that was put in its place by a new name, which was not synced.
      const isOther = named !== undefined && named !== 'folder' && named !== file && random.chance(0.5);
      found.#files.set(path, (isOther ? named : file).afterPowerLoss(random));
    }
    found.#nameAll();
    return found;
  }

  #nameAll(): void {
    for (const [path, file] of this.#files) this.#named.set(path, file);
    for (const path of this.#folders) this.#named.set(path, 'folder');
  }

  #file(path: string): Inode {
    const file = this.#files.get(path);
    if (file === undefined) throw systemError('ENOENT', path);
    return file;
  }

  #make(path: string): Inode {
    if (!this.#folders.has(dirname(path))) throw systemError('ENOENT', path);
    const file = Inode.durable(Buffer.alloc(0), this.nowMs);
    this.#files.set(path, file);
    return file;
  }

  #makeFoldersOf(path: string): void {
    for (let folder = dirname(path); !this.#folders.has(folder); folder = dirname(folder)) {
      this.#folders.add(folder);
      this.#named.set(folder, 'folder');
    }
  }

  /** A disk that has hung works again, and answers the calls that it has held. */
  comeBack(): void {
    this.faults.hangs.clear();
    for (const answer of this.#held) answer();
    this.#held.clear();
  }

  async #read(path: string): Promise<void> {
    await this.#asked(path);
    const code = [...this.faults.unreadable].find(([below]) => isBelow(path, below))?.[1];
    if (code !== undefined) throw systemError(code, path);
  }

  async #asked(path: string): Promise<void> {
    if (![...this.faults.hangs].some((below) => isBelow(path, below))) return;
    await new Promise<void>((resolve) => {
      this.#held.add(resolve);
    });
  }

  async #written(path: string, partly: () => void = () => {}): Promise<void> {
    await this.#asked(path);
    const code = [...this.faults.refuses].find(([below]) => isBelow(path, below))?.[1];
    if (code !== undefined) throw systemError(code, path);
    if (this.writesLeft <= 0) throw new DiskStopped(`stopped before ${path}`);
    this.writesLeft -= 1;
    this.writes += 1;
    partly();
    if (this.writesLeft === 0) throw new DiskStopped(`stopped at ${path}`);
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
