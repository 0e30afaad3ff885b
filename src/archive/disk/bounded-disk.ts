import type { Gate } from '../../domain/gate.ts';
import { archiveElsewhere, archiveRoot } from '../../media/disk-places.ts';
import type { ArchiveDisk, ArchiveFile, DiskSpace, FileLook } from './archive-disk.ts';

/**
 * A disk that is asked only so much at a time below each root: a root that hangs keeps its own places, and what else is on disks goes on.
 * What waits behind it is given up by those that asked (`within`), and bounded.
 */
export class BoundedDisk implements ArchiveDisk {
  readonly #disk: ArchiveDisk;
  readonly #roots: readonly { readonly below: string; readonly gate: Gate }[];
  readonly #elsewhere = archiveElsewhere();

  constructor(disk: ArchiveDisk, roots: readonly string[]) {
    this.#disk = disk;
    // A root in another one has places of its own.
    const longestFirst = roots.toSorted((one, other) => other.length - one.length);
    this.#roots = longestFirst.map((root) => ({ below: `${root}/`, gate: archiveRoot(roots.length) }));
  }

  names(folder: string): Promise<readonly string[]> {
    return this.#gateOf(folder).run(() => this.#disk.names(folder));
  }

  look(path: string): Promise<FileLook | undefined> {
    return this.#gateOf(path).run(() => this.#disk.look(path));
  }

  read(path: string, at: number, bytes: number): Promise<Buffer> {
    return this.#gateOf(path).run(() => this.#disk.read(path, at, bytes));
  }

  readFromDisk(path: string, at: number, bytes: number): Promise<Buffer> {
    return this.#gateOf(path).run(() => this.#disk.readFromDisk(path, at, bytes));
  }

  makeFolder(path: string): Promise<readonly string[]> {
    return this.#gateOf(path).run(() => this.#disk.makeFolder(path));
  }

  async create(path: string): Promise<ArchiveFile> {
    const gate = this.#gateOf(path);
    return behind(gate, await gate.run(() => this.#disk.create(path)));
  }

  async open(path: string): Promise<ArchiveFile> {
    const gate = this.#gateOf(path);
    return behind(gate, await gate.run(() => this.#disk.open(path)));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#gateOf(to).run(() => this.#disk.rename(from, to));
  }

  append(path: string, text: string): Promise<void> {
    return this.#gateOf(path).run(() => this.#disk.append(path, text));
  }

  replace(path: string, text: string): Promise<void> {
    return this.#gateOf(path).run(() => this.#disk.replace(path, text));
  }

  remove(path: string): Promise<void> {
    return this.#gateOf(path).run(() => this.#disk.remove(path));
  }

  removeEmptyFolder(path: string): Promise<void> {
    return this.#gateOf(path).run(() => this.#disk.removeEmptyFolder(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.#gateOf(path).run(() => this.#disk.syncFolder(path));
  }

  space(folder: string): Promise<DiskSpace> {
    return this.#gateOf(folder).run(() => this.#disk.space(folder));
  }

  #gateOf(path: string): Gate {
    return this.#roots.find(({ below }) => `${path}/`.startsWith(below))?.gate ?? this.#elsewhere;
  }
}

function behind(gate: Gate, file: ArchiveFile): ArchiveFile {
  return {
    write: (bytes, at) => gate.run(() => file.write(bytes, at)),
    sync: () => gate.run(() => file.sync()),
    close: () => gate.run(() => file.close()),
  };
}
