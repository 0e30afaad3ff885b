import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The files and folders that a server makes in its data folder. A file there may be damaged, or may be a link to a place outside:
 * no link is followed, nothing outside is written or removed, and an error names the place.
 *
 * The data folder itself, and its `live` and `nats`, may be links: where they are is the operator's choice.
 */

/** Links are not followed, and a pipe without a writer is not waited for. */
export const READ_OWN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** @throws Error that names the place, with `code` where the system gave one: `ENOENT` when there is no such file. */
export async function readOwnFile(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, READ_OWN).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'ELOOP' ? new Error(`${path} is a link: expected a file`, { cause }) : cause;
  });
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${path} is no file`);
    if (found.size > maxBytes) throw new Error(`${path} has ${found.size} bytes: expected at most ${maxBytes}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Opens a new file: an entry with its name is removed first, and a link that is made in between is refused. */
export async function openNewFile(path: string, mode = 0o666): Promise<FileHandle> {
  await rm(path, { recursive: true, force: true });
  return open(path, 'wx', mode);
}

/** Whole or not at all; a link by that name is replaced. `flush`: it is on the disk when this resolves. */
export async function writeOwnFile(
  path: string,
  text: string,
  { mode = 0o666, flush = false }: { readonly mode?: number; readonly flush?: boolean } = {},
): Promise<void> {
  const draft = `${path}.new`;
  const file = await openNewFile(draft, mode);
  try {
    await file.writeFile(text);
    if (flush) await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/** Makes a folder, also in place of a link; a folder that is there stays. Folders above it are made, and links above it are followed. */
export async function makeOwnFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink()) await unlink(path);
  if (found === undefined || found.isSymbolicLink()) await mkdir(path, { recursive: true });
  else if (!found.isDirectory()) throw new Error(`${path} is no folder`);
}

/** Whether `path` is a folder, and no link to one. */
export async function isOwnFolder(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
