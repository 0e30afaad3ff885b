import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { columnsAtEnd, type ToldColumns } from './columns-line.ts';
import type { PackFacts } from './day-summary.ts';
import { type IndexEntry, type PackClosing, type PackHeader, parseIndex } from './pack-index.ts';
import type { PackId } from './pack-name.ts';
import { indexPath, mediaPath, type PackContents, type PackPlace, readPack } from './pack-reading.ts';

/** More than the head of an index, and than a segment's lines and those of the closing. */
const END_BYTES = 4096;

/** What is known of a pack by its head and by its end. */
interface PackEnds {
  readonly header: PackHeader;
  readonly gaps: PackFacts['gaps'];
  /** `undefined`: it has no segment yet. */
  readonly last: Pick<IndexEntry, 'number' | 'startMs' | 'durationMs'> | undefined;
  readonly mediaBytes: number;
  /** Absent: it is open. */
  readonly closing?: Pick<PackClosing, 'bytes' | 'sha256' | 'why'> | undefined;
}

export function factsOf({ header, gaps, last, mediaBytes, closing }: PackEnds): PackFacts {
  const { epoch, firstNumber, startMs, home, server, keepMs } = header;
  const why = closing?.why;
  // What was cut off has no hash that is known.
  const sha256 = home !== server && closing?.bytes === mediaBytes ? closing.sha256 : undefined;
  const lastNumber = last?.number ?? firstNumber - 1;
  const endMs = last === undefined ? startMs : last.startMs + last.durationMs;
  return { epoch, firstNumber, lastNumber, startMs, endMs, home, keepMs, gaps, bytes: mediaBytes, why, sha256 };
}

/** The same of a pack that was read. */
export function factsOfContents({ entries, ...ends }: Omit<PackContents, 'problems'>): PackFacts {
  return factsOf({ ...ends, last: entries.at(-1) });
}

export interface PackLook {
  /** `undefined`: nothing in it can be played. */
  readonly facts: PackFacts | undefined;
  readonly problems: readonly string[];
}

/** The same facts as from the whole index, which has thousands of lines, if both ends of it are undamaged. */
export async function lookAtPack(disk: ArchiveDisk, place: PackPlace, id: PackId): Promise<PackLook> {
  const quick = await quickFacts(disk, place, id);
  if (quick !== undefined) return { facts: quick, problems: [] };
  const contents = await readPack(disk, place, id);
  return { facts: contents.entries.length === 0 ? undefined : factsOfContents(contents), problems: contents.problems };
}

async function quickFacts(disk: ArchiveDisk, place: PackPlace, id: PackId): Promise<PackFacts | undefined> {
  const [media, index] = await Promise.all([disk.look(mediaPath(place, id)), disk.look(indexPath(place, id))]);
  if (media === undefined || index === undefined) return undefined;
  const path = indexPath(place, id);
  const head = await partOf(disk, path, 0, index.bytes);
  const tail = await partOf(disk, path, Math.max(0, index.bytes - END_BYTES), index.bytes);
  const { header } = head;
  const last = tail.entries.at(-1) ?? lastOf(tail.closing && (await columnsAtEnd(disk, path, index.bytes)));
  const isHis = header?.epoch === id.epoch && header.firstNumber === id.firstNumber && header.startMs === id.startMs;
  if (header === undefined || !isHis || last === undefined) return undefined;
  if (head.problems.length + tail.problems.length > 0 || last.at + last.bytes !== media.bytes) return undefined;
  if (tail.closing !== undefined && tail.closing.bytes !== media.bytes) return undefined;
  return factsOf({ header, gaps: head.gaps, last, mediaBytes: media.bytes, closing: tail.closing });
}

/** Of a closed pack the line of its last segment stands before a long one. */
function lastOf(told: ToldColumns | undefined): Omit<IndexEntry, 'sha256'> | undefined {
  const index = (told?.columns.numbers.length ?? 0) - 1;
  if (told === undefined || index < 0) return undefined;
  const at = (column: Float64Array) => column[index] ?? 0;
  const { numbers, startsMs, durationsMs, ats, bytes } = told.columns;
  return {
    ...{ number: at(numbers), startMs: at(startsMs), durationMs: at(durationsMs) },
    ...{ at: at(ats), bytes: at(bytes) },
  };
}

/** The lines that are whole in a part of the index, at one of its ends. */
async function partOf(disk: ArchiveDisk, path: string, at: number, indexBytes: number) {
  const text = (await disk.read(path, at, Math.min(END_BYTES, indexBytes - at))).toString('utf8');
  const from = at === 0 ? 0 : text.indexOf('\n') + 1;
  const isEnd = at + END_BYTES >= indexBytes;
  return parseIndex(isEnd ? text.slice(from) : text.slice(from, text.lastIndexOf('\n') + 1));
}
