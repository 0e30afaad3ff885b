import { dirname } from 'node:path';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { goneLine, SUMMARY_FILE } from '../pack/day-summary.ts';
import { dayFolder, type PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../pack/pack-reading.ts';

/** From the day to the stream's folder. */
const FOLDERS_ABOVE_DAY = 3;

/**
 * Removes packs of one day. If the process ends at any point, each pack is either there and found again, or not listed: first the summary says
 * that they are gone; then the media of each is removed, without which it is no pack, and then its index.
 *
 * @param onRemoved told of each whose media is gone
 */
export async function removePacks(
  disk: ArchiveDisk,
  place: PackPlace,
  packs: readonly PackId[],
  onRemoved: (pack: PackId) => void = () => {},
): Promise<void> {
  const [first] = packs;
  if (first === undefined) return;
  const day = `${place.folder}/${dayFolder(first.startMs)}`;
  await disk.append(`${day}/${SUMMARY_FILE}`, packs.map(goneLine).join(''));
  const hours = new Set<string>();
  for (const pack of packs) {
    const media = mediaPath(place, pack);
    hours.add(dirname(media));
    await disk.remove(media);
    onRemoved(pack);
    await disk.remove(indexPath(place, pack));
  }
  for (const hour of hours) await disk.removeEmptyFolder(hour);
  await removeEmptyDay(disk, day);
}

/** A day that has nothing but its summary goes, with the folders above it that are empty then. */
export async function removeEmptyDay(disk: ArchiveDisk, day: string): Promise<void> {
  const left = await disk.names(day);
  if (left.some((name) => name !== SUMMARY_FILE)) return;
  await disk.remove(`${day}/${SUMMARY_FILE}`);
  let folder = day;
  for (let above = 0; above < FOLDERS_ABOVE_DAY; above += 1) {
    await disk.removeEmptyFolder(folder);
    folder = dirname(folder);
  }
}
