import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../domain/system-error.ts';
import { READ_OWN, writeOwnFile } from '../../host/disk/own-files.ts';
import type { ArchiveDisk, ArchiveFile, DiskSpace, FileLook } from './archive-disk.ts';

const APPEND_OWN = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const WRITE_OWN = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The disks of this machine. No link below a root is followed: see own-files.ts. */
export class NodeDisk implements ArchiveDisk {
  async names(folder: string): Promise<readonly string[]> {
    return orWhereMissing([], () => readdir(folder));
  }

  async look(path: string): Promise<FileLook | undefined> {
    const found = await orWhereMissing(undefined, () => lstat(path));
    return found?.isFile() ? { bytes: found.size, modifiedMs: found.mtimeMs } : undefined;
  }

  async read(path: string, at: number, bytes: number): Promise<Buffer> {
    const file = await open(path, READ_OWN);
    try {
      const buffer = Buffer.allocUnsafe(bytes);
      let read = 0;
      while (read < bytes) {
        const { bytesRead } = await file.read(buffer, read, bytes - read, at + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return buffer.subarray(0, read);
    } finally {
      await file.close();
    }
  }

  async makeFolder(path: string): Promise<readonly string[]> {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return [];
    const made: string[] = [];
    for (let folder = path; folder.length >= first.length; folder = dirname(folder)) made.unshift(folder);
    return made;
  }

  async create(path: string): Promise<ArchiveFile> {
    return new NodeFile(await open(path, 'wx'));
  }

  async open(path: string): Promise<ArchiveFile> {
    return new NodeFile(await open(path, WRITE_OWN));
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
  }

  async append(path: string, text: string): Promise<void> {
    const file = await open(path, APPEND_OWN);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  }

  async replace(path: string, text: string): Promise<void> {
    await writeOwnFile(path, text, { flush: true });
    await this.syncFolder(dirname(path));
  }

  async remove(path: string): Promise<void> {
    await orWhereMissing(undefined, () => unlink(path));
  }

  async removeEmptyFolder(path: string): Promise<void> {
    await rmdir(path).catch((error: unknown) => {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) throw error;
    });
  }

  async syncFolder(path: string): Promise<void> {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async space(folder: string): Promise<DiskSpace> {
    const { blocks, bavail, bsize } = await statfs(folder);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }
}

class NodeFile implements ArchiveFile {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    // A disk that is nearly full takes a part, and says so with the next call.
    for (let written = 0; written < bytes.length; ) {
      written += (await this.#file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    }
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function orWhereMissing<T>(missing: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return missing;
    throw error;
  }
}
