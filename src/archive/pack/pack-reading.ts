import { createHash } from 'node:crypto';
import { type Piece, TransportScan } from '../../media/transport-stream.ts';
import { type DiskReads, readText } from '../disk/archive-disk.ts';
import { type IndexEntry, MAX_INDEX_BYTES, type PackHeader, type PackIndex, parseIndex } from './pack-index.ts';
import { INDEX_ENDING, MEDIA_ENDING, type PackId, packPath } from './pack-name.ts';

const READ_BYTES = 1024 * 1024;
/** Of a pack that does not say it. */
export const DEFAULT_SEGMENT_MS = 2000;
const SEGMENT_HASH_CHARACTERS = 16;

/** What is said of a pack whose index does not say it. */
export interface PackPlace {
  readonly stream: string;
  /** The stream's folder in a root. */
  readonly folder: string;
  /** The server whose disk it is on. */
  readonly server: string;
}

export interface PackContents extends PackIndex {
  readonly header: PackHeader;
  readonly mediaBytes: number;
  /** Each with the file, and with the line or byte in it. */
  readonly problems: readonly string[];
  /** Entries that no index had. */
  readonly foundInMedia: number;
  /** The index may be written again: it is not one of another version. */
  readonly isOurs: boolean;
}

export function mediaPath({ folder }: PackPlace, id: PackId): string {
  return `${folder}/${packPath(id)}${MEDIA_ENDING}`;
}

export function indexPath({ folder }: PackPlace, id: PackId): string {
  return `${folder}/${packPath(id)}${INDEX_ENDING}`;
}

/**
 * All whole segments of a pack, whatever has happened to its files: segments that the index describes and the media has; and segments in
 * the media that no line of the index describes any more. It reads the index, and of the media only the parts without a description.
 *
 * That the bytes of a segment are still those that were written is known when they are read: see `readSegment`.
 */
export async function readPack(disk: DiskReads, place: PackPlace, id: PackId): Promise<PackContents> {
  const media = mediaPath(place, id);
  const index = indexPath(place, id);
  const mediaBytes = (await disk.look(media))?.bytes ?? 0;
  const text = await readText(disk, index, MAX_INDEX_BYTES);
  const read = parseIndex(text ?? '');
  const parsed = isOfAnother(read, id) ? { ...read, gaps: [], entries: [], closing: undefined } : read;
  const problems = (text === undefined ? ['is not there, or is too long'] : parsed.problems).map(
    (problem) => `${index} ${problem}`,
  );
  if (isOfAnother(read, id)) problems.push(`${index} is of another pack`);
  if (mediaBytes === 0) problems.push(`${media} is not there, or is empty`);
  const header = headerOf(parsed, place, id);
  const listed = fitting(parsed.entries, mediaBytes);
  if (listed.length < parsed.entries.length) {
    const unfit = parsed.entries.length - listed.length;
    problems.push(`${media} has ${mediaBytes} bytes: ${unfit} segments of its index lie beyond, or in others`);
  }
  const found: IndexEntry[] = [];
  // If an index that is closed and whole leaves out a part of the media, that part was already damaged when the pack was closed.
  const isComplete = parsed.closing !== undefined && parsed.closing.segments === parsed.entries.length;
  for (const hole of isComplete ? [] : holesIn(listed, header, mediaBytes)) {
    const entries = await entriesInHole(disk, media, hole, header.segmentMs);
    problems.push(`${media} bytes ${hole.at} to ${hole.endAt} are in no index: ${entries.length} segments found`);
    found.push(...entries);
  }
  const entries = [...listed, ...found].sort((one, other) => one.at - other.at);
  const { gaps, closing, isOfAnotherVersion } = parsed;
  return {
    header,
    gaps,
    entries,
    closing,
    mediaBytes,
    problems,
    foundInMedia: found.length,
    isOurs: !isOfAnotherVersion,
  };
}

export type SegmentRead =
  | { readonly is: 'whole'; readonly bytes: Buffer }
  /** They are not the bytes that were written, or not all of them. */
  | { readonly is: 'rotten' };

export async function readSegment(
  disk: DiskReads,
  media: string,
  { at, bytes, sha256 }: Pick<IndexEntry, 'at' | 'bytes' | 'sha256'>,
): Promise<SegmentRead> {
  const read = await disk.read(media, at, bytes);
  const isWhole = read.length === bytes && (sha256 === undefined || segmentHash(read) === sha256);
  return isWhole ? { is: 'whole', bytes: read } : { is: 'rotten' };
}

export function segmentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, SEGMENT_HASH_CHARACTERS);
}

/** The name says which pack it is: an index that says another one was put here, and describes other media. */
function isOfAnother({ header }: PackIndex, { epoch, firstNumber, startMs }: PackId): boolean {
  if (header === undefined) return false;
  return header.epoch !== epoch || header.firstNumber !== firstNumber || header.startMs !== startMs;
}

function headerOf(index: PackIndex, { stream, server }: PackPlace, id: PackId): PackHeader {
  const { header, entries } = index;
  if (header !== undefined && !isOfAnother(index, id)) return { ...header, stream };
  const durations = entries.map(({ durationMs }) => durationMs).sort((one, other) => one - other);
  const segmentMs = durations[Math.floor(durations.length / 2)] ?? DEFAULT_SEGMENT_MS;
  return { ...id, stream, home: server, server, segmentMs };
}

/** In the order of the media, none in another, none beyond its end. A line that stands twice counts once. */
function fitting(entries: readonly IndexEntry[], mediaBytes: number): readonly IndexEntry[] {
  const fit: IndexEntry[] = [];
  for (const entry of entries.toSorted((one, other) => one.at - other.at)) {
    const last = fit.at(-1);
    const follows = last === undefined || (entry.at >= last.at + last.bytes && entry.number > last.number);
    if (follows && entry.at + entry.bytes <= mediaBytes) fit.push(entry);
  }
  return fit;
}

/** A part of the media that no line of the index describes. */
interface Hole {
  readonly at: number;
  readonly endAt: number;
  readonly firstNumber: number;
  readonly startMs: number;
  /** How many segments it had; `undefined`: that is not known, at the end. */
  readonly segments: number | undefined;
}

function holesIn(entries: readonly IndexEntry[], header: PackHeader, mediaBytes: number): readonly Hole[] {
  const holes: Hole[] = [];
  let next = { at: 0, firstNumber: header.firstNumber, startMs: header.startMs };
  for (const { at, bytes, number, startMs, durationMs } of entries) {
    if (at > next.at) holes.push({ ...next, endAt: at, segments: number - next.firstNumber });
    next = { at: at + bytes, firstNumber: number + 1, startMs: startMs + durationMs };
  }
  if (mediaBytes > next.at) holes.push({ ...next, endAt: mediaBytes, segments: undefined });
  return holes;
}

async function entriesInHole(
  disk: DiskReads,
  media: string,
  hole: Hole,
  segmentMs: number,
): Promise<readonly IndexEntry[]> {
  const scan = new TransportScan();
  for (let at = hole.at; at < hole.endAt; at += READ_BYTES) {
    scan.push(await disk.read(media, at, Math.min(READ_BYTES, hole.endAt - at)));
  }
  const entries: IndexEntry[] = [];
  let { startMs } = hole;
  for (const [index, { at, bytes, durationMs, isWhole }] of atMost(hole.segments, scan.pieces(segmentMs)).entries()) {
    const number = hole.firstNumber + index;
    if (isWhole) entries.push({ number, startMs, durationMs, at: hole.at + at, bytes });
    startMs += durationMs;
  }
  return entries;
}

/** Numbers in a pack have no gaps, so there are no more segments than numbers: what is too much belongs to the last one. */
function atMost(segments: number | undefined, pieces: readonly Piece[]): readonly Piece[] {
  if (segments === undefined || pieces.length <= segments) return pieces;
  const kept = pieces.slice(0, Math.max(0, segments - 1));
  const joined = pieces.slice(kept.length);
  const [first] = joined;
  const last = joined.at(-1);
  if (segments === 0 || first === undefined || last === undefined) return kept;
  const durationMs = joined.reduce((sum, piece) => sum + piece.durationMs, 0);
  const isWhole = joined.every((piece) => piece.isWhole);
  return [...kept, { at: first.at, bytes: last.at + last.bytes - first.at, durationMs, isWhole }];
}
