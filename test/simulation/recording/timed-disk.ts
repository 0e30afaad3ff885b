import type { ArchiveDisk, ArchiveFile } from '../../../src/archive/disk/archive-disk.ts';
import type { MemoryDisk } from '../../support/archive/memory-disk.ts';
import type { Random } from '../../support/random.ts';
import type { Machine } from '../machine.ts';

const LONGEST_WRITE_MS = 8;

interface TimedDiskParts {
  readonly random: Random;
  readonly onRemove: (path: string) => void;
  /** For a planted fault. */
  readonly neverSyncs: boolean;
}

/**
 * The disk of a host as one process on it uses it: each write takes a while, and one that has not begun when the process ends never happens. So a
 * process may end between any two of its writes.
 */
export class TimedDisk implements ArchiveDisk {
  readonly #disk: MemoryDisk;
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #onRemove: (path: string) => void;
  readonly #neverSyncs: boolean;
  readonly #generation: number;

  constructor(disk: MemoryDisk, machine: Machine, { random, onRemove, neverSyncs }: TimedDiskParts) {
    this.#disk = disk;
    this.#machine = machine;
    this.#random = random;
    this.#onRemove = onRemove;
    this.#neverSyncs = neverSyncs;
    this.#generation = machine.generation;
  }

  names(folder: string) {
    return this.#disk.names(folder);
  }

  look(path: string) {
    return this.#disk.look(path);
  }

  read(path: string, at: number, bytes: number) {
    return this.#disk.read(path, at, bytes);
  }

  readFromDisk(path: string, at: number, bytes: number) {
    return this.#disk.readFromDisk(path, at, bytes);
  }

  space(folder: string) {
    return this.#disk.space(folder);
  }

  makeFolder(path: string) {
    return this.#then(() => this.#disk.makeFolder(path));
  }

  async create(path: string): Promise<ArchiveFile> {
    return this.#opened(await this.#then(() => this.#disk.create(path)));
  }

  async open(path: string): Promise<ArchiveFile> {
    return this.#opened(await this.#disk.open(path));
  }

  append(path: string, text: string) {
    return this.#then(() => this.#disk.append(path, text));
  }

  replace(path: string, text: string) {
    return this.#then(() => this.#disk.replace(path, text));
  }

  rename(from: string, to: string) {
    return this.#then(() => this.#disk.rename(from, to));
  }

  remove(path: string) {
    return this.#then(() => {
      this.#onRemove(path);
      return this.#disk.remove(path);
    });
  }

  removeEmptyFolder(path: string) {
    return this.#then(() => this.#disk.removeEmptyFolder(path));
  }

  syncFolder(path: string) {
    return this.#sync(() => this.#disk.syncFolder(path));
  }

  #opened(file: ArchiveFile): ArchiveFile {
    return {
      write: (bytes, at) => this.#then(() => file.write(bytes, at)),
      sync: () => this.#sync(() => file.sync()),
      close: () => file.close(),
    };
  }

  #sync(sync: () => Promise<void>): Promise<void> {
    return this.#then(this.#neverSyncs ? async () => {} : sync);
  }

  #then<T>(write: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#machine.generation !== this.#generation) return;
      this.#machine.after(this.#random.between(0, LONGEST_WRITE_MS), () => {
        this.#disk.nowMs = this.#machine.now().wallMs;
        write().then(resolve, reject);
      });
    });
  }
}
