import type { Catalogue } from '../../catalogue/catalogue.ts';
import { heldPack } from '../../catalogue/stream-packs.ts';
import type { PackOfStream } from '../../debts/return-peers.ts';
import type { ArchiveDisk } from '../../disk/archive-disk.ts';
import type { ArchiveRoots } from '../../disk/archive-roots.ts';
import { lookAtPack } from '../../pack/pack-facts.ts';
import { mediaPath } from '../../pack/pack-reading.ts';

export interface PlacesOfPacks {
  readonly disk: ArchiveDisk;
  readonly catalogue: Pick<Catalogue, 'placeOf' | 'put'>;
  readonly roots: Pick<ArchiveRoots, 'online'>;
  /** All that are configured. */
  readonly paths: readonly string[];
}

/**
 * Whether something of a pack that returned can be played in its place. Then it is listed from now on: a process may have ended between the place
 * and the line in the summary.
 *
 * @throws Error of the disk, and where a root cannot be read
 */
export async function foundInPlace(
  { disk, catalogue, roots, paths }: PlacesOfPacks,
  pack: PackOfStream,
): Promise<boolean> {
  for (const root of paths) {
    if (!roots.online.includes(root)) throw new Error(`${root} cannot be read now`);
    const place = catalogue.placeOf(pack.stream, root);
    if (place === undefined || (await disk.look(mediaPath(place, pack))) === undefined) continue;
    const { facts } = await lookAtPack(disk, place, pack);
    if (facts === undefined) continue;
    catalogue.put(pack.stream, heldPack(facts, root));
    return true;
  }
  return false;
}
