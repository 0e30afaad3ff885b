import { codeOf } from '../../domain/system-error.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import { DRAFT_ENDING, KEPT_FILE } from '../pack/pack-name.ts';

const LEVELS = [/^\d{4}$/, /^\d\d$/, /^\d\d$/];

/** A folder, or what is in its place, that could not be read. */
export interface UnreadFolder {
  readonly folder: string;
  /** A clause. */
  readonly why: string;
  /** It is a file. */
  readonly isNoFolder: boolean;
}

export interface StreamDays {
  /** `2026/11/22`, the newest first. */
  readonly days: readonly string[];
  /** The stream's own, those of years and those of months. */
  readonly read: readonly string[];
  readonly unread: readonly UnreadFolder[];
  /** What is none of the archive's: a folder that was renamed, too. */
  readonly foreign: readonly string[];
}

/** The days that a stream's folder has. A folder that cannot be read hides no other. */
export async function daysIn(disk: ArchiveDisk, folder: string): Promise<StreamDays> {
  const read: string[] = [];
  const unread: UnreadFolder[] = [];
  const foreign: string[] = [];
  let found = [''];
  for (const digits of LEVELS) {
    const next: string[] = [];
    for (const above of found) {
      const path = above === '' ? folder : `${folder}/${above}`;
      try {
        for (const name of await disk.names(path)) {
          const isOwn = (above === '' && name === KEPT_FILE) || name.endsWith(DRAFT_ENDING);
          if (digits.test(name)) next.push(above === '' ? name : `${above}/${name}`);
          else if (!isOwn) foreign.push(`${path}/${name}`);
        }
        read.push(path);
      } catch (error) {
        unread.push(unreadFolder(path, error));
      }
    }
    found = next;
  }
  return { days: found.toSorted().reverse(), read, unread, foreign };
}

export function unreadFolder(folder: string, error: unknown): UnreadFolder {
  return { folder, why: diskReason(error), isNoFolder: codeOf(error) === 'ENOTDIR' };
}
