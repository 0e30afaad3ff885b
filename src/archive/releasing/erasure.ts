import { dirname } from 'node:path';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { heldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { mustBeMounted } from '../disk/root-identity.ts';
import { goneLine, SUMMARY_FILE } from '../pack/day-summary.ts';
import { lookAtPack } from '../pack/pack-facts.ts';
import { dayFolder, type PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../pack/pack-reading.ts';
import type { BuriedPack } from '../tombstones/pack-tombstones.ts';

export interface Erasure {
  readonly disk: ArchiveDisk;
  readonly root: string;
  readonly place: PackPlace;
  readonly pack: PackId;
  /** Its media is gone: it is no pack any more. */
  readonly onGone: () => void;
}

/**
 * Erases a pack that has a tombstone. Resolves when it would not be there after a power loss either. If it ends at any point, the next start
 * finds the tombstone, and either all of the pack or what is left to be removed.
 */
export async function erasePack({ disk, root, place, pack, onGone }: Erasure): Promise<void> {
  await mustBeMounted(disk, root, place.server);
  const day = `${place.folder}/${dayFolder(pack.startMs)}`;
  await disk.append(`${day}/${SUMMARY_FILE}`, goneLine(pack));
  const media = mediaPath(place, pack);
  await disk.remove(media);
  onGone();
  await disk.remove(indexPath(place, pack));
  const hour = dirname(media);
  if ((await disk.names(day)).includes(hour.slice(day.length + 1))) await disk.syncFolder(hour);
  await disk.removeEmptyFolder(hour);
}

/**
 * Brings what an earlier run has begun to erase into one of two states: there is nothing left of it; or all of it is there and known, since
 * the media goes first.
 */
export async function finishErasure(disk: ArchiveDisk, catalogue: Catalogue, buried: BuriedPack): Promise<void> {
  const { stream, root } = buried;
  const place = catalogue.placeOf(stream, root);
  if (place === undefined) return;
  if ((await disk.look(mediaPath(place, buried))) === undefined) {
    // The line of the summary that says so may be lost.
    catalogue.removed(stream, buried);
    if ((await disk.look(indexPath(place, buried))) !== undefined) await disk.remove(indexPath(place, buried));
    return;
  }
  // The line is there, and the media is too.
  const near = catalogue.between(stream, { fromMs: buried.startMs, untilMs: buried.startMs + 1 });
  if (near.some((pack) => pack.root === root && pack.epoch === buried.epoch)) return;
  const { facts } = await lookAtPack(disk, place, buried);
  if (facts !== undefined) catalogue.put(stream, heldPack(facts, root));
}
