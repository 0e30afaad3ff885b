import type { DiskReads } from '../disk/archive-disk.ts';
import { columnsOf } from '../pack/index-columns.ts';
import { indexText } from '../pack/index-text.ts';
import { MediaReader, type ReadPace } from '../pack/media-reader.ts';
import { MAX_INDEX_BYTES, type PackClosing, type PackHeader, type PackIndex, parseIndex } from '../pack/pack-index.ts';
import type { PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace, readPack } from '../pack/pack-reading.ts';

export interface ClosedPack extends PackId {
  /** Of the media. */
  readonly bytes: number;
  /** Why it ended. */
  readonly why?: string | undefined;
}

export interface ClosedIndex extends PackIndex {
  readonly header: PackHeader;
  readonly closing: PackClosing;
}

/** More than the closing of an index. */
const END_BYTES = 4096;

/** The closing of a pack, by the end of its index alone; `undefined`: it is damaged there. */
export async function closingOf(disk: DiskReads, place: PackPlace, pack: ClosedPack): Promise<PackClosing | undefined> {
  const path = indexPath(place, pack);
  const found = await disk.look(path);
  if (found === undefined) return undefined;
  const from = Math.max(0, found.bytes - END_BYTES);
  const text = (await disk.read(path, from, found.bytes - from)).toString('utf8');
  const { closing } = parseIndex(from === 0 ? text : text.slice(text.indexOf('\n') + 1));
  return closing?.bytes === pack.bytes && closing.epoch === pack.epoch ? closing : undefined;
}

/**
 * The index of a closed pack as another server gets it: as it is written, or, where that is damaged, with what can be read of the pack. Its
 * file is not changed: a disk that has lost a part of it may lose what is written next.
 *
 * @throws Error of the disk, and where the index is of another version
 */
export async function closedIndex(
  disk: DiskReads,
  place: PackPlace,
  pack: ClosedPack,
  pace: ReadPace,
): Promise<ClosedIndex> {
  const contents = await readPack(disk, place, pack);
  const { header, gaps, entries, isOurs } = contents;
  if (!isOurs) throw new Error('its index is of another version');
  if (contents.closing?.bytes === pack.bytes && contents.closing.segments === entries.length) {
    return { header, gaps, entries, closing: contents.closing };
  }
  const sha256 = contents.closing?.sha256 ?? (await hashOf(disk, place, pack, pace));
  const { home, epoch } = header;
  const why = contents.closing?.why ?? pack.why ?? '';
  return { header, gaps, entries, closing: { bytes: pack.bytes, segments: entries.length, sha256, home, epoch, why } };
}

/** Its text: the file itself, if nothing is wrong with it. */
export async function closedIndexText(
  disk: DiskReads,
  place: PackPlace,
  pack: ClosedPack,
  pace: ReadPace,
): Promise<string> {
  const path = indexPath(place, pack);
  const found = await disk.look(path);
  if (found !== undefined && found.bytes <= MAX_INDEX_BYTES) {
    const index = await disk.read(path, 0, found.bytes);
    const read = columnsOf(index);
    if (read?.closing?.bytes === pack.bytes && read.closing.segments === read.columns.numbers.length) {
      return index.toString('utf8');
    }
  }
  const { header, ...index } = await closedIndex(disk, place, pack, pace);
  return indexText(header, index);
}

async function hashOf(disk: DiskReads, place: PackPlace, pack: ClosedPack, pace: ReadPace): Promise<string> {
  const reader = new MediaReader(disk, mediaPath(place, pack), pace);
  await reader.passTo(pack.bytes);
  return reader.hash();
}
