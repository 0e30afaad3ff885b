import { type ArchiveDisk, readText } from '../disk/archive-disk.ts';
import { MediaReader, type ReadPace } from '../pack/media-reader.ts';
import { type IndexEntry, MAX_INDEX_BYTES, parseIndex } from '../pack/pack-index.ts';
import type { PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace, readPack, segmentHash } from '../pack/pack-reading.ts';

/** Segments of one pack, one after the other, whose bytes on the disk are not those that were recorded. */
export interface RottenPart {
  readonly firstNumber: number;
  readonly lastNumber: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface PackCheck {
  readonly readBytes: number;
  /** In order. */
  readonly rotten: readonly RottenPart[];
  /** What else does not fit, a sentence each: all other segments play. */
  readonly problems: readonly string[];
}

export interface PackCheckInput {
  readonly disk: ArchiveDisk;
  readonly place: PackPlace;
  /** A closed one. */
  readonly id: PackId;
  readonly pace: ReadPace;
}

/**
 * Reads all of a pack back, and compares each segment with the hash in its line of the index, and the whole with the hash that was written
 * when the pack was closed.
 *
 * A segment whose line of the index is damaged has no hash any more. It is good if the hash of the whole media fits; otherwise it may be the
 * damaged one, so it counts as rotten.
 *
 * @throws the disk's error
 */
export async function checkPack({ disk, place, id, pace }: PackCheckInput): Promise<PackCheck> {
  const media = mediaPath(place, id);
  const { entries, closing, mediaBytes, problems } = await readPack(disk, place, id);
  const listed = parseIndex((await readText(disk, indexPath(place, id), MAX_INDEX_BYTES)) ?? '').entries;
  const found = new Set(entries.map(({ number }) => number));
  const rotten: IndexEntry[] = listed.filter(({ number }) => !found.has(number));
  const unsure: IndexEntry[] = [];
  const reader = new MediaReader(disk, media, pace);
  for (const entry of entries) {
    await reader.passTo(entry.at);
    const bytes = await reader.takeIfReadable(entry.bytes);
    const sha256 = bytes && segmentHash(bytes);
    if (entry.sha256 === undefined && sha256 !== undefined) unsure.push(entry);
    else if (entry.sha256 !== sha256 || sha256 === undefined) rotten.push(entry);
  }
  const closedBytes = Math.min(mediaBytes, closing?.bytes ?? mediaBytes);
  await reader.passTo(closedBytes);
  const isWhole = closing === undefined || (mediaBytes >= closing.bytes && reader.hash() === closing.sha256);
  const more: string[] = [];
  if (!isWhole && unsure.length > 0) rotten.push(...unsure);
  else if (!isWhole && rotten.length === 0) more.push(`${media} is not as it was when it was closed: other bytes`);
  return { readBytes: closedBytes, rotten: partsOf(rotten), problems: [...problems, ...more] };
}

function partsOf(entries: readonly IndexEntry[]): readonly RottenPart[] {
  const parts: RottenPart[] = [];
  for (const { number, startMs, durationMs } of entries.toSorted((one, other) => one.number - other.number)) {
    const untilMs = startMs + durationMs;
    const last = parts.at(-1);
    if (last?.lastNumber === number - 1) parts[parts.length - 1] = { ...last, lastNumber: number, untilMs };
    else if (last?.lastNumber !== number)
      parts.push({ firstNumber: number, lastNumber: number, fromMs: startMs, untilMs });
  }
  return parts;
}
