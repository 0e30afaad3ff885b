import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'folder-id';
const ID = /^[A-Za-z0-9-]{16,64}$/;

/**
 * What tells a data folder from all others, made by the first server that runs on it. Two servers that say the same have the same
 * folder, as on a disk that two hosts share, where the folder's lock of each host does not see the other; or one is a copy.
 *
 * Only under the folder's lock. @returns `undefined` where it can neither be read nor written.
 */
export async function folderId(dataDir: string): Promise<string | undefined> {
  const known = await knownFolderId(dataDir);
  if (known !== undefined) return known;
  const file = join(dataDir, FILE);
  const id = randomUUID();
  try {
    // Whole or not at all: a server that is ended in between leaves no half of one.
    await writeFile(`${file}.new`, `${id}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
    return id;
  } catch {
    return undefined;
  }
}

/** The same, of a folder that a server may be running on; `undefined`: it has none yet. */
export async function knownFolderId(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, FILE), 'utf8').catch(() => '');
  return ID.test(text.trim()) ? text.trim() : undefined;
}
