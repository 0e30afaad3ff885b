import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../../domain/system-error.ts';
import { READ_OWN, writeOwnFile } from '../../host/disk/own-files.ts';
import { ALIGNED_BYTES, AlignedBuffers, BLOCK_BYTES } from './aligned-buffers.ts';
import type { ArchiveDisk, ArchiveFile, DiskSpace, FileLook } from './archive-disk.ts';

const APPEND_OWN = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const WRITE_OWN = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The disks of this machine. No link below a root is followed: see own-files.ts. */
export class NodeDisk implements ArchiveDisk {
  readonly #aligned = new AlignedBuffers();

  async names(folder: string): Promise<readonly string[]> {
    try {
      return await readdir(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  async look(path: string): Promise<FileLook | undefined> {
    const found = await lstat(path).catch((error: unknown) => {
      // A file in the place of a folder above it says nothing of what was in that folder.
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    return found?.isFile() ? { bytes: found.size, modifiedMs: found.mtimeMs } : undefined;
  }

  read(path: string, at: number, bytes: number): Promise<Buffer> {
    return readAll(path, READ_OWN, at, Buffer.allocUnsafe(bytes));
  }

  async readFromDisk(path: string, at: number, bytes: number): Promise<Buffer> {
    const aligned = bytes <= ALIGNED_BYTES ? this.#aligned.take() : undefined;
    if (aligned === undefined) return this.read(path, at, bytes);
    try {
      const whole = aligned.subarray(0, Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES);
      const read = await readAll(path, READ_OWN | constants.O_DIRECT, at, whole);
      return Buffer.from(read.subarray(0, bytes));
    } catch (error) {
      // A file system without such reads: tmpfs, and some over a network.
      if (codeOf(error) !== 'EINVAL') throw error;
      return this.read(path, at, bytes);
    } finally {
      this.#aligned.give(aligned);
    }
  }

  async makeFolder(path: string): Promise<readonly string[]> {
    const first = await mkdir(path, { recursive: true }).catch((error: unknown) => {
      // The last one is something else.
      if (codeOf(error) !== 'EEXIST') throw error;
      throw Object.assign(new Error(`${path} is no folder`, { cause: error }), { code: 'ENOTDIR' });
    });
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

/** Fewer bytes where the file ends before. */
async function readAll(path: string, flags: number, at: number, buffer: Buffer): Promise<Buffer> {
  const isPastKernel = (flags & constants.O_DIRECT) !== 0;
  const file = await open(path, flags);
  try {
    let read = 0;
    while (read < buffer.length) {
      const { bytesRead } = await file.read(buffer, read, buffer.length - read, at + read);
      read += bytesRead;
      // A read past the kernel's memory that is shorter than asked for is the last one: the next could not begin at a block.
      if (bytesRead === 0 || (isPastKernel && read % BLOCK_BYTES !== 0)) break;
    }
    return buffer.subarray(0, read);
  } finally {
    await file.close();
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
