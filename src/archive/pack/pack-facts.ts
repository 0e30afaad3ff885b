import type { ArchiveDisk } from '../disk/archive-disk.ts';
import type { PackFacts } from './day-summary.ts';
import { parseIndex } from './pack-index.ts';
import type { PackId } from './pack-name.ts';
import { indexPath, mediaPath, type PackContents, type PackPlace, readPack } from './pack-reading.ts';

/** More than the head of an index, and than a segment's lines and those of the closing. */
const END_BYTES = 4096;

export function factsOf({ header, entries, gaps, closing, mediaBytes }: Omit<PackContents, 'problems'>): PackFacts {
  const { epoch, firstNumber, startMs, home, keepMs } = header;
  const last = entries.at(-1);
  return {
    epoch,
    firstNumber,
    startMs,
    home,
    keepMs,
    gaps,
    lastNumber: last?.number ?? firstNumber,
    endMs: last === undefined ? startMs : last.startMs + last.durationMs,
    bytes: mediaBytes,
    why: closing?.why,
  };
}

export interface PackLook {
  /** `undefined`: nothing in it can be played. */
  readonly facts: PackFacts | undefined;
  readonly problems: readonly string[];
}

/** The same as by reading all of its index, where both ends of that are well: an index has thousands of lines. */
export async function lookAtPack(disk: ArchiveDisk, place: PackPlace, id: PackId): Promise<PackLook> {
  const quick = await quickFacts(disk, place, id);
  if (quick !== undefined) return { facts: quick, problems: [] };
  const contents = await readPack(disk, place, id);
  return { facts: contents.entries.length === 0 ? undefined : factsOf(contents), problems: contents.problems };
}

async function quickFacts(disk: ArchiveDisk, place: PackPlace, id: PackId): Promise<PackFacts | undefined> {
  const [media, index] = await Promise.all([disk.look(mediaPath(place, id)), disk.look(indexPath(place, id))]);
  if (media === undefined || index === undefined) return undefined;
  const path = indexPath(place, id);
  const head = await partOf(disk, path, 0, index.bytes);
  const tail = await partOf(disk, path, Math.max(0, index.bytes - END_BYTES), index.bytes);
  const { header } = head;
  const last = tail.entries.at(-1);
  const isHis = header?.epoch === id.epoch && header.firstNumber === id.firstNumber && header.startMs === id.startMs;
  if (header === undefined || !isHis || last === undefined) return undefined;
  if (head.problems.length + tail.problems.length > 0 || last.at + last.bytes !== media.bytes) return undefined;
  if (tail.closing !== undefined && tail.closing.bytes !== media.bytes) return undefined;
  const { gaps } = head;
  return factsOf({
    header,
    gaps,
    entries: [last],
    closing: tail.closing,
    mediaBytes: media.bytes,
    foundInMedia: 0,
    isOurs: true,
  });
}

/** The lines that are whole in a part of the index, at one of its ends. */
async function partOf(disk: ArchiveDisk, path: string, at: number, indexBytes: number) {
  const text = (await disk.read(path, at, Math.min(END_BYTES, indexBytes - at))).toString('utf8');
  const from = at === 0 ? 0 : text.indexOf('\n') + 1;
  const isEnd = at + END_BYTES >= indexBytes;
  return parseIndex(isEnd ? text.slice(from) : text.slice(from, text.lastIndexOf('\n') + 1));
}
