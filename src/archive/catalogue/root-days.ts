import { nameOfForm } from '../../domain/definition/stream-name.ts';
import { someAtOnce } from '../../domain/gate.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { ROOT_FILES } from '../disk/root-identity.ts';
import type { PackPlace } from '../pack/pack-reading.ts';
import { daysIn } from './day-folders.ts';
import type { DayToScan } from './day-scan.ts';
import type { UnreadFolders } from './unread-folders.ts';

export interface FoundDay extends DayToScan {
  readonly root: string;
  readonly stream: string;
}

export interface RootDaysParts {
  readonly disk: ArchiveDisk;
  readonly unread: UnreadFolders;
  readonly placeOf: (stream: string, root: string) => PackPlace | undefined;
  /** Packs of the stream are known on the root. */
  readonly isKnown: (stream: string) => boolean;
  readonly onProblem: (problem: string) => void;
}

/** The end of a server leaves packs open in the day and, just after midnight, in the one before: these are looked at, file by file. */
const DAYS_LOOKED_AT = 2;
/** Folders that are read at a time. */
const FOLDERS_AT_ONCE = 8;

/**
 * The days of which a root has something, those of each stream with the newest first. A folder that cannot be read is told, and hides no other.
 *
 * @throws Error of the disk, where the root itself cannot be read
 */
export async function daysOfRoot(parts: RootDaysParts, root: string) {
  const { disk, placeOf } = parts;
  const names = (await disk.names(root)).filter((name) => !ROOT_FILES.includes(name));
  const found: FoundDay[] = [];
  let isWhole = true;
  await someAtOnce(names, FOLDERS_AT_ONCE, async (name) => {
    const stream = nameOfForm(name);
    const place = stream && placeOf(stream, root);
    if (stream === undefined || place === undefined) return;
    const { days, read, unread, foreign } = await daysIn(disk, place.folder);
    found.push(...days.map((day, index) => ({ root, stream, place, day, isRecent: index < DAYS_LOOKED_AT })));
    for (const path of foreign) parts.onProblem(`${path} is none of the archive's files`);
    for (const folder of read) parts.unread.read(folder);
    for (const { folder, why, isNoFolder } of unread) {
      parts.onProblem(`${folder} cannot be read: ${why}`);
      // A file of another program, most likely: reading all of the root again would find it again.
      if (isNoFolder && folder === place.folder && !parts.isKnown(stream)) continue;
      parts.unread.failed(folder);
      isWhole = false;
    }
  });
  return { days: found, isWhole };
}
