import { dirname } from 'node:path';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { goneLine, SUMMARY_FILE } from '../pack/day-summary.ts';
import { dayFolder, type PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../pack/pack-reading.ts';

/** From the day to the stream's folder. */
const FOLDERS_ABOVE_DAY = 3;

/**
 * Removes a pack. After an end at any point it is there and found again, or it is not listed: first the summary says that it is gone, then its
 * media goes, which is what makes it a pack, and then its index.
 */
export async function removePack(disk: ArchiveDisk, place: PackPlace, id: PackId): Promise<void> {
  const day = `${place.folder}/${dayFolder(id.startMs)}`;
  const media = mediaPath(place, id);
  await disk.append(`${day}/${SUMMARY_FILE}`, goneLine(id));
  await disk.remove(media);
  await disk.remove(indexPath(place, id));
  const hour = dirname(media);
  await disk.removeEmptyFolder(hour);
  const left = await disk.names(day);
  if (left.some((name) => name !== SUMMARY_FILE)) return;
  await disk.remove(`${day}/${SUMMARY_FILE}`);
  let folder = day;
  for (let above = 0; above < FOLDERS_ABOVE_DAY; above += 1) {
    await disk.removeEmptyFolder(folder);
    folder = dirname(folder);
  }
}
