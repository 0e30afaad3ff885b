import { statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openNewFile } from './own-files.ts';

const PIECE_BYTES = 1024 ** 2;
const PIECES = 16;
/** The trial itself must not fill the disk. */
const LEAST_FREE_BYTES = 20 * PIECES * PIECE_BYTES;

/** How many bytes a second the folder's disk takes, measured by writing and flushing 16 MiB; `undefined`: there is too little room to try. */
export async function diskSpeed(folder: string): Promise<number | undefined> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < LEAST_FREE_BYTES) return undefined;
  const path = join(folder, `.speed-trial-${process.pid}`);
  const file = await openNewFile(path);
  try {
    const piece = Buffer.alloc(PIECE_BYTES, 0x47);
    const startMs = performance.now();
    for (let written = 0; written < PIECES; written += 1) await file.write(piece);
    await file.sync();
    return (PIECES * PIECE_BYTES * 1000) / (performance.now() - startMs);
  } finally {
    await file.close();
    await unlink(path);
  }
}
