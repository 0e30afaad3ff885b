import { dirname } from 'node:path';
import { z } from 'zod';
import { type ArchiveDisk, jsonOf, readText } from './archive-disk.ts';

/**
 * The file that distinguishes a root of the archive from the bare folder on which its disk is mounted. A root without it is offline, never
 * empty: nothing is written into a bare mount point, and recordings that are not seen there do not count as deleted.
 */
export const IDENTITY_FILE = 'streamherd-archive.json';
/**
 * What is remembered of the verification of a root: how far the round has come, and which packs are rotten. One line each, with a check: of a
 * damaged line only its own content is lost. Without the file the round begins again.
 */
export const VERIFIED_FILE = 'streamherd-verified';
/** The files in a root, beside the folders of streams. */
export const ROOT_FILES: readonly string[] = [IDENTITY_FILE, VERIFIED_FILE];
const NOT_MOUNTED = `it has no ${IDENTITY_FILE}: its disk is not mounted`;
const MAX_BYTES = 4096;
const VERSION = 1;

export interface RootIdentity {
  readonly id: string;
  /** The server whose archive it is. */
  readonly server: string;
}

const schema = z.object({ v: z.literal(VERSION), id: z.string().min(8).max(64), server: z.string() });

export type RootLook =
  | { readonly is: 'ours'; readonly id: string }
  /** Why it cannot be used, one sentence without a subject. */
  | { readonly is: 'offline'; readonly why: string };

export interface FoundRootQuestion {
  readonly path: string;
  readonly server: string;
  /** The identity that this path had; `undefined`: it has never been used. */
  readonly knownId: string | undefined;
}

export interface RootQuestion extends FoundRootQuestion {
  /** For a root that is used for the first time. */
  readonly newId: () => string;
}

/** Looks which server's root is at `path`, and changes nothing. `new`: it has never been used, and is empty or not there. */
export async function foundRoot(
  disk: ArchiveDisk,
  { path, server, knownId }: FoundRootQuestion,
): Promise<RootLook | { readonly is: 'new' }> {
  const text = await readText(disk, `${path}/${IDENTITY_FILE}`, MAX_BYTES);
  if (text !== undefined) return judge(text, server);
  if (knownId !== undefined) return offline(NOT_MOUNTED);
  const foreign = (await disk.names(path)).find((name) => name !== 'lost+found');
  if (foreign !== undefined) return offline(`it has no ${IDENTITY_FILE} and is not empty: it has "${foreign}"`);
  return { is: 'new' };
}

/** The same, and a root that has never been used becomes this server's. */
export async function lookAtRoot(disk: ArchiveDisk, question: RootQuestion): Promise<RootLook> {
  const found = await foundRoot(disk, question);
  if (found.is !== 'new') return found;
  const { path, server, newId } = question;
  const id = newId();
  for (const made of (await disk.makeFolder(path)).toReversed()) await disk.syncFolder(dirname(made));
  await disk.replace(`${path}/${IDENTITY_FILE}`, `${JSON.stringify({ v: VERSION, id, server })}\n`);
  return { is: 'ours', id };
}

/**
 * Between two looks a disk may have been unmounted, and folders made in the bare mount point; or the disk of another server is mounted there.
 *
 * @throws NotMountedError, and the disk's error
 */
export async function mustBeMounted(disk: ArchiveDisk, root: string, server: string): Promise<void> {
  const text = await readText(disk, `${root}/${IDENTITY_FILE}`, MAX_BYTES);
  if (text === undefined) throw new NotMountedError(NOT_MOUNTED);
  const found = judge(text, server);
  if (found.is === 'offline') throw new NotMountedError(found.why);
}

export class NotMountedError extends Error {
  override readonly name = 'NotMountedError';
}

function judge(text: string, server: string): RootLook {
  const read = schema.safeParse(jsonOf(text));
  if (!read.success) return offline(`its ${IDENTITY_FILE} is damaged, or of a later version`);
  if (read.data.server !== server) return offline(`it is the archive of the server ${read.data.server}`);
  // If disks were exchanged, another disk of this server will do: the packs themselves say what they are.
  return { is: 'ours', id: read.data.id };
}

function offline(why: string): RootLook {
  return { is: 'offline', why };
}
