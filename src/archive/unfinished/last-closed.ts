import { dirname } from 'node:path';
import { codeOf } from '../../domain/system-error.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { HeldPack } from '../catalogue/stream-packs.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import { syncFile, syncNames } from '../disk/synced-names.ts';
import { indexPath, mediaPath } from '../pack/pack-reading.ts';

export interface LastClosed {
  readonly disk: ArchiveDisk;
  readonly catalogue: Catalogue;
  readonly root: string;
  readonly onProblem: (problem: string) => void;
}

/**
 * An earlier process may have ended between the closing line of a pack and its sync. The pack looks closed, and no later process would sync it. A
 * recorder closes the packs of a stream one after the other, so it can only be the last one of a stream.
 */
export async function syncLastClosed({ disk, catalogue, root, onProblem }: LastClosed): Promise<void> {
  for (const stream of catalogue.streams) {
    const last = lastOf(
      catalogue
        .packs(stream)
        .filter((pack) => pack.root === root && pack.why !== undefined && !catalogue.isAway(stream, pack)),
    );
    const place = catalogue.placeOf(stream, root);
    if (last === undefined || place === undefined) continue;
    const media = mediaPath(place, last);
    try {
      await syncFile(disk, media);
      await syncFile(disk, indexPath(place, last));
      await syncNames(disk, dirname(media), root);
    } catch (error) {
      // Erased meanwhile.
      if (codeOf(error) === 'ENOENT') continue;
      onProblem(`${media} could not be synced: ${diskReason(error)}`);
    }
  }
}

/** By epoch and number: a clock may have been set back. */
function lastOf(packs: readonly HeldPack[]): HeldPack | undefined {
  return packs.reduce<HeldPack | undefined>((last, pack) => {
    const isLater =
      last === undefined ||
      pack.epoch > last.epoch ||
      (pack.epoch === last.epoch && pack.firstNumber > last.firstNumber);
    return isLater ? pack : last;
  }, undefined);
}
