import { dirname } from 'node:path';
import type { ArchiveDisk } from './archive-disk.ts';

/**
 * What is in the folder survives a power loss, by name. All folders up to the root are synced: a process that ended may have made any of them,
 * and then the next process finds it there.
 */
export async function syncNames(disk: ArchiveDisk, folder: string, root: string): Promise<void> {
  for (let each = folder; each.length >= root.length; each = dirname(each)) await disk.syncFolder(each);
}

/** What the file has survives a power loss, under a name that does. */
export async function syncFile(disk: ArchiveDisk, path: string): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
