import { createHash } from 'node:crypto';
import { codeOf } from '../../domain/system-error.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';

const READ_BYTES = 1024 * 1024;

/** Waits until so many bytes may be read, so that recording and viewers come first. */
export type ReadPace = (bytes: number) => Promise<void>;

/** Reads a file from its beginning to its end, and hashes all of it. */
export class MediaReader {
  readonly #disk: Pick<ArchiveDisk, 'read'>;
  readonly #path: string;
  readonly #pace: ReadPace;
  readonly #hash = createHash('sha256');
  #at = 0;

  constructor(disk: Pick<ArchiveDisk, 'read'>, path: string, pace: ReadPace) {
    this.#disk = disk;
    this.#path = path;
    this.#pace = pace;
  }

  async passTo(at: number): Promise<void> {
    while (this.#at < at) await this.take(Math.min(READ_BYTES, at - this.#at));
  }

  async take(bytes: number): Promise<Buffer> {
    await this.#pace(bytes);
    const read = await this.#disk.read(this.#path, this.#at, bytes);
    this.#hash.update(read);
    this.#at += bytes;
    return read;
  }

  /** `undefined`: the disk has lost a part of them, so they are missing in the hash. */
  async takeIfReadable(bytes: number): Promise<Buffer | undefined> {
    const endAt = this.#at + bytes;
    try {
      return await this.take(bytes);
    } catch (error) {
      if (codeOf(error) !== 'EIO') throw error;
      this.#at = endAt;
      return undefined;
    }
  }

  /** The SHA-256 of what has been read so far, in hexadecimal. */
  hash(): string {
    return this.#hash.copy().digest('hex');
  }
}
