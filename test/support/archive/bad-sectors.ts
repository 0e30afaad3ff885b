import { BLOCK_BYTES } from '../../../src/archive/disk/aligned-buffers.ts';
import type { MemoryDisk } from './memory-disk.ts';

/** Blocks of the files of a disk that cannot be read, until they are written as a whole. */
export class BadSectors {
  readonly #bad = new Set<string>();

  constructor(disk: MemoryDisk) {
    const read = disk.read.bind(disk);
    const open = disk.open.bind(disk);
    disk.read = (path, at, bytes) => (this.#touches(path, at, bytes) ? unreadable(path) : read(path, at, bytes));
    disk.open = async (path) => {
      const file = await open(path);
      return {
        ...file,
        write: (bytes, at) => {
          for (let block = Math.ceil(at / BLOCK_BYTES); (block + 1) * BLOCK_BYTES <= at + bytes.length; block += 1)
            this.#bad.delete(`${path} ${block}`);
          return this.#touches(path, at, bytes.length) ? unreadable(path) : file.write(bytes, at);
        },
      };
    };
  }

  /** @param at a byte of the block */
  add(path: string, at: number): void {
    this.#bad.add(`${path} ${Math.floor(at / BLOCK_BYTES)}`);
  }

  /** The disk had not lost them: it could not be reached. */
  pass(): void {
    this.#bad.clear();
  }

  get isNone(): boolean {
    return this.#bad.size === 0;
  }

  #touches(path: string, at: number, bytes: number): boolean {
    for (let block = Math.floor(at / BLOCK_BYTES); block * BLOCK_BYTES < at + bytes; block += 1)
      if (this.#bad.has(`${path} ${block}`)) return true;
    return false;
  }
}

function unreadable(path: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(`EIO: ${path}`), { code: 'EIO' }));
}
