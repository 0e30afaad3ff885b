/**
 * All that the archive needs of a disk. It is an interface, so that tests can use a disk in memory, which stops after any of its writes and
 * forgets what a power loss would.
 *
 * Errors are those of `node:fs`, with their `code`, unless a line below says otherwise.
 */
export interface ArchiveDisk {
  /** The names in a folder; none where there is nothing by that name. Rejects with `ENOTDIR` where it is no folder. */
  names(folder: string): Promise<readonly string[]>;
  /** Of a file, no link is followed; `undefined`: there is none. Rejects with `ENOTDIR` where a folder above it is none. */
  look(path: string): Promise<FileLook | undefined>;
  /** Fewer bytes where the file ends before. */
  read(path: string, at: number, bytes: number): Promise<Buffer>;
  /**
   * The same past the memory in which the kernel keeps what was written lately, where the file system can do that: so it is what the disk has.
   * `at` is a multiple of 4096.
   */
  readFromDisk(path: string, at: number, bytes: number): Promise<Buffer>;
  /**
   * A folder with all above it. Rejects with `ENOTDIR` where one of them is something else.
   *
   * @returns those that were not there, the uppermost first: after a power loss they are there if the folder that each is in was synced.
   */
  makeFolder(path: string): Promise<readonly string[]>;
  /** A new file to write. Rejects with `EEXIST` where there is something by that name. */
  create(path: string): Promise<ArchiveFile>;
  /** A file that is there, to be written on. Rejects with `ENOENT` where there is none. */
  open(path: string): Promise<ArchiveFile>;
  /**
   * Another name for a file, in the same file system. A file that had the name is replaced by it. The new name survives a power loss when
   * its folder is synced; until then the old name may be back.
   */
  rename(from: string, to: string): Promise<void>;
  /** Adds to the end of a file, which is made where it is not. Not synced. */
  append(path: string, text: string): Promise<void>;
  /** Replaces a file by a text, synced: after any fault the file is completely the old one or the new one. */
  replace(path: string, text: string): Promise<void>;
  /** No error where there is no such file. */
  remove(path: string): Promise<void>;
  /** Removes a folder that is empty; no error where it is not. */
  removeEmptyFolder(path: string): Promise<void>;
  /** The names in the folder survive a power loss. */
  syncFolder(path: string): Promise<void>;
  space(folder: string): Promise<DiskSpace>;
}

export interface FileLook {
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface DiskSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** A file that is being written. */
export interface ArchiveFile {
  /** All of `bytes`, from the byte `at` on. */
  write(bytes: Uint8Array, at: number): Promise<void>;
  /** Its content survives a power loss, and its name if its folder was synced. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is needed of a disk to read a pack. */
export type DiskReads = Pick<ArchiveDisk, 'look' | 'read'>;

/** What questions and orders of people and other servers need. */
export type AskedDisk = Pick<ArchiveDisk, 'look' | 'read' | 'replace'>;

/** Of a file that must not be longer; one that is, or that is not there, is `undefined`. */
export async function readText(disk: DiskReads, path: string, maxBytes: number): Promise<string | undefined> {
  const found = await disk.look(path);
  if (found === undefined || found.bytes > maxBytes) return undefined;
  return (await disk.read(path, 0, found.bytes)).toString('utf8');
}

/** What a small file of the archive says; `undefined`: it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
