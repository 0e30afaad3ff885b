import { dirname } from 'node:path';
import type { Clock } from '../../host/clock.ts';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { overwriteBadSectors, readingAround } from '../disk/bad-sectors.ts';
import { answering } from '../disk/stall.ts';
import { syncFile, syncNames } from '../disk/synced-names.ts';
import { type PackFacts, SUMMARY_FILE, summaryLine } from '../pack/day-summary.ts';
import { indexText } from '../pack/index-text.ts';
import { MediaReader, type ReadPace } from '../pack/media-reader.ts';
import { factsOfContents } from '../pack/pack-facts.ts';
import type { IndexEntry } from '../pack/pack-index.ts';
import { dayFolder, type PackId } from '../pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace, readPack, segmentHash } from '../pack/pack-reading.ts';
import { LostTimes } from './lost-time.ts';

const NOT_CLOSED = 'the server ended before it could close it';
const NOT_AS_WRITTEN = 'its bytes on the disk are not those that were written';
const ANSWER_WITHIN_MS = 10_000;

export interface SealInput {
  readonly disk: ArchiveDisk;
  readonly clock: Clock;
  readonly place: PackPlace;
  readonly id: PackId;
  /** Why it was not closed; default: the server has ended. */
  readonly why?: string;
  /**
   * The last segment that was stored in it, where the process that wrote it is alive. What is behind that, and in no line of the index, is
   * left out: that process has stored it elsewhere, or told that it is lost.
   */
  readonly lastNumber?: number;
  /** What its disk cannot read is overwritten, and so left out: it was tried for long enough. */
  readonly isUnreadableLost?: boolean;
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
 * segments, without damaged ones. The time of each damaged one is a gap.
 *
 * @throws the disk's error, StallError: nothing is changed, and it stays open. A disk that cannot be reached for a while says the same of
 * each byte as one that has lost it.
 */
export async function sealPack(input: SealInput): Promise<Sealed> {
  const { disk, clock, place, id, pace, why = NOT_CLOSED, lastNumber = Number.POSITIVE_INFINITY } = input;
  if (input.isUnreadableLost === true) await loseUnreadable(input);
  const reads = answering(disk, clock, ANSWER_WITHIN_MS);
  const contents = await readPack(reads, place, id);
  const { header, mediaBytes, isOurs } = contents;
  const problems = [...contents.problems];
  if (!isOurs) return { is: 'left', problems };
  const media = mediaPath(place, id);
  const reader = new MediaReader(reads, media, pace);
  const whole: IndexEntry[] = [];
  const lost = new LostTimes();
  for (const entry of contents.entries) {
    if (entry.sha256 === undefined && entry.number > lastNumber) continue;
    await reader.passTo(entry.at);
    const sha256 = segmentHash(await reader.take(entry.bytes));
    if ((entry.sha256 ?? sha256) === sha256) {
      whole.push({ ...entry, sha256 });
      continue;
    }
    lost.lose(entry, NOT_AS_WRITTEN);
    problems.push(`${media} bytes ${entry.at} to ${entry.at + entry.bytes} are not those that were written`);
  }
  await reader.passTo(mediaBytes);
  if (whole.length === 0) {
    await disk.remove(media);
    await disk.remove(indexPath(place, id));
    return { is: 'empty', problems };
  }
  const { home, epoch } = header;
  const sha256 = reader.hash();
  const gaps = [
    ...contents.gaps,
    ...lost.take().map(({ fromMs, untilMs, why: lostWhy }) => ({ fromMs, untilMs, why: lostWhy })),
  ];
  const closing = { bytes: mediaBytes, segments: whole.length, sha256, home, epoch, why };
  // The process that wrote it may have ended before its next sync. What is closed survives a power loss.
  await syncFile(disk, media);
  await disk.replace(indexPath(place, id), indexText(header, { gaps, entries: whole, closing }));
  await syncNames(disk, dirname(media), dirname(place.folder));
  const facts = factsOfContents({ ...contents, gaps, entries: whole, closing });
  await disk.append(`${place.folder}/${dayFolder(id.startMs)}/${SUMMARY_FILE}`, summaryLine(facts));
  return { is: 'closed', facts, sha256, problems };
}

async function loseUnreadable({ disk, clock, place, id, pace }: SealInput): Promise<void> {
  const reads = readingAround(answering(disk, clock, ANSWER_WITHIN_MS));
  if (!(await readPack(reads, place, id)).isOurs) return;
  for (const path of [mediaPath(place, id), indexPath(place, id)]) await overwriteBadSectors(disk, path, pace);
}
