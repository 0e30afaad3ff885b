import { dirname } from 'node:path';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { syncFile, syncNames } from '../disk/synced-names.ts';
import { type PackFacts, SUMMARY_FILE, summaryLine } from '../pack/day-summary.ts';
import { indexText } from '../pack/index-text.ts';
import { MediaReader, type ReadPace } from '../pack/media-reader.ts';
import { factsOfContents } from '../pack/pack-facts.ts';
import type { IndexEntry } from '../pack/pack-index.ts';
import { dayFolder, type PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace, readPack, segmentHash } from '../pack/pack-reading.ts';

const NOT_CLOSED = 'the server ended before it could close it';

export interface SealInput {
  readonly disk: ArchiveDisk;
  readonly place: PackPlace;
  readonly id: PackId;
  /** Why it was not closed; default: the server has ended. */
  readonly why?: string;
  /**
   * What no line of its index describes is left out: the process that wrote it is alive, and has stored that segment elsewhere, or told
   * that it is lost.
   */
  readonly isIndexedOnly?: boolean;
  readonly pace: ReadPace;
}

export type Sealed =
  | { readonly is: 'closed'; readonly facts: PackFacts; readonly sha256: string; readonly problems: readonly string[] }
  /** It had no segment that is whole: its files are removed. */
  | { readonly is: 'empty'; readonly problems: readonly string[] }
  /** Its index is of another version. */
  | { readonly is: 'left'; readonly problems: readonly string[] };

/**
 * Closes a pack that an end of the server, or its disk, left open: all of it is read back, and the index is written again with the whole
 * segments, without damaged ones.
 */
export async function sealPack({
  disk,
  place,
  id,
  pace,
  why = NOT_CLOSED,
  isIndexedOnly = false,
}: SealInput): Promise<Sealed> {
  const contents = await readPack(disk, place, id);
  const { header, gaps, mediaBytes, isOurs } = contents;
  const problems = [...contents.problems];
  if (!isOurs) return { is: 'left', problems };
  const media = mediaPath(place, id);
  const reader = new MediaReader(disk, media, pace);
  const whole: IndexEntry[] = [];
  for (const entry of contents.entries) {
    if (isIndexedOnly && entry.sha256 === undefined) continue;
    await reader.passTo(entry.at);
    // One bad sector must not keep it open for ever.
    const bytes = await reader.takeIfReadable(entry.bytes);
    const sha256 = bytes && segmentHash(bytes);
    if (sha256 !== undefined && (entry.sha256 ?? sha256) === sha256) whole.push({ ...entry, sha256 });
    else problems.push(`${media} bytes ${entry.at} to ${entry.at + entry.bytes} are not those that were written`);
  }
  await reader.passTo(mediaBytes);
  if (whole.length === 0) {
    await disk.remove(media);
    await disk.remove(indexPath(place, id));
    return { is: 'empty', problems };
  }
  const { home, epoch } = header;
  const sha256 = reader.hash();
  const closing = { bytes: mediaBytes, segments: whole.length, sha256, home, epoch, why };
  // The process that wrote it may have ended before its next sync. What is closed survives a power loss.
  await syncFile(disk, media);
  await disk.replace(indexPath(place, id), indexText(header, { gaps, entries: whole, closing }));
  await syncNames(disk, dirname(media), dirname(place.folder));
  const facts = factsOfContents({ ...contents, entries: whole, closing });
  await disk.append(`${place.folder}/${dayFolder(id.startMs)}/${SUMMARY_FILE}`, summaryLine(facts));
  return { is: 'closed', facts, sha256, problems };
}
