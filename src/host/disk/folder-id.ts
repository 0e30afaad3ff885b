import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readOwnFile, writeOwnFile } from './own-files.ts';

const FILE = 'folder-id';
const MAX_BYTES = 1000;
const ID = /^[A-Za-z0-9-]{16,64}$/;

/**
 * The id of a data folder, made by the first server that runs on it. Two servers with the same id have the same
 * folder, as on a disk that two hosts share, where the lock of one host does not see the other; or one folder is a copy.
 *
 * Only under the folder's lock. @returns `undefined` where it can neither be read nor written.
 */
export async function folderId(dataDir: string): Promise<string | undefined> {
  const known = await knownFolderId(dataDir);
  if (known !== undefined) return known;
  const file = join(dataDir, FILE);
  const id = randomUUID();
  try {
    await writeOwnFile(file, `${id}\n`, { mode: 0o600 });
    return id;
  } catch {
    return undefined;
  }
}

/** The same, of a folder that a server may be running on; `undefined`: it has none yet. */
export async function knownFolderId(dataDir: string): Promise<string | undefined> {
  const text = await readOwnFile(join(dataDir, FILE), MAX_BYTES).catch(() => '');
  return ID.test(text.trim()) ? text.trim() : undefined;
}
