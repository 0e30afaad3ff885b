import { codeOf } from '../../domain/system-error.ts';
import { BLOCK_BYTES } from './aligned-buffers.ts';
import type { ArchiveDisk, DiskReads } from './archive-disk.ts';

const READ_BYTES = 1024 * 1024;
/** Of one read. If there are more, the disk cannot be reached, and has not lost some sectors. */
const MAX_BAD_BLOCKS = 64;

interface ReadAround {
  /** With zeros in the place of what the disk cannot read. */
  readonly content: Buffer;
  /** The blocks that it cannot read, each by its first byte in the file. */
  readonly bad: readonly number[];
}

/** The same reads, with zeros in the place of bad sectors: a line or a segment that lies there counts as damaged, and all others are read. */
export function readingAround(disk: DiskReads): DiskReads {
  return {
    look: (path) => disk.look(path),
    read: async (path, at, bytes) => (await readAround(disk, path, at, bytes)).content,
  };
}

/**
 * Writes zeros over the blocks of a file that its disk cannot read. A disk that is written there uses another sector for it, so all of the file
 * can be read again. What the disk can still read stays as it is. The file may become longer, up to the end of its last block.
 *
 * @throws the disk's error, also where it cannot read more than some sectors
 */
export async function overwriteBadSectors(
  disk: ArchiveDisk,
  path: string,
  pace: (bytes: number) => Promise<void>,
): Promise<void> {
  const fileBytes = (await disk.look(path))?.bytes ?? 0;
  for (let at = 0; at < fileBytes; at += READ_BYTES) {
    const bytes = Math.min(READ_BYTES, fileBytes - at);
    await pace(bytes);
    const { bad } = await readAround(disk, path, at, bytes);
    if (bad.length > 0) await writeZeros(disk, path, bad);
  }
}

async function readAround(disk: DiskReads, path: string, at: number, bytes: number): Promise<ReadAround> {
  try {
    return { content: await disk.read(path, at, bytes), bad: [] };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return readBlocks(disk, path, at, bytes);
  }
}

async function readBlocks(disk: DiskReads, path: string, at: number, bytes: number): Promise<ReadAround> {
  const parts: Buffer[] = [];
  const bad: number[] = [];
  let from = at;
  while (from < at + bytes) {
    const block = from - (from % BLOCK_BYTES);
    const until = Math.min(block + BLOCK_BYTES, at + bytes);
    try {
      parts.push(await disk.read(path, from, until - from));
    } catch (error) {
      if (!isUnreadable(error) || bad.length === MAX_BAD_BLOCKS) throw error;
      bad.push(block);
      parts.push(Buffer.alloc(until - from));
    }
    from = until;
  }
  return { content: Buffer.concat(parts), bad };
}

async function writeZeros(disk: ArchiveDisk, path: string, blocks: readonly number[]): Promise<void> {
  const file = await disk.open(path);
  try {
    // Whole blocks: of a part the kernel would have to read the rest.
    for (const block of blocks) await file.write(Buffer.alloc(BLOCK_BYTES), block);
    await file.sync();
  } finally {
    await file.close();
  }
}

function isUnreadable(error: unknown): boolean {
  return codeOf(error) === 'EIO';
}
