import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { count, unixTime } from '../../domain/records/number-schemas.ts';
import type { DiskReads } from '../disk/archive-disk.ts';
import { checkedLine, parseCheckedLine } from './checked-line.ts';
import { emptyColumns, HASH_BYTES, hashBytes, type PackColumns } from './pack-columns.ts';
import type { IndexEntry, PackHeader } from './pack-index.ts';

/**
 * All segments of a closed pack in one line near the end of its index: a list of a day reads 24 such lines instead of 43,200. It says what
 * the lines of the segments say. Where it is missing, damaged, or does not fit the pack, those are read.
 */
const COLUMNS = '#STREAMHERD-COLUMNS ';
const MARK = Buffer.from(`\n${COLUMNS}`);
const LINE_BREAK = 0x0a;
/** It is about a twelfth of an index. */
const SHARE_OF_INDEX = 0.2;
/** The line that closes the pack, and an index of few segments. */
const END_BYTES = 4096;
/** Half a day of the shortest segments, which no hour can have. */
const MAX_SEGMENTS = 100_000;

/** Of each segment: numbers that were left out before it, milliseconds since the end of the one before, its duration and its bytes. */
const WORDS = 4;
const ROW_BYTES = WORDS * Uint32Array.BYTES_PER_ELEMENT + HASH_BYTES;
const MAX_WORD = 0xffff_ffff;
/** Half of it are times before the end of the segment before. */
const TIME_ZERO = 0x8000_0000;
const FIRST_ROWS = 256;

const lineSchema = z.object({
  epoch: count,
  firstNumber: count,
  startMs: unixTime,
  isContinued: z.boolean(),
  segments: count.max(MAX_SEGMENTS),
  bytes: count,
  deflated: z.string(),
});

export interface ToldColumns extends Pick<PackHeader, 'epoch' | 'firstNumber' | 'startMs'> {
  readonly isContinued: boolean;
  readonly columns: PackColumns;
  /** Of the media. */
  readonly bytes: number;
}

/** Collects the segments of a pack while it is written: 24 bytes each. */
export class ColumnsWriter {
  readonly #header: PackHeader;
  #words = new Uint32Array(FIRST_ROWS * WORDS);
  #hashes = Buffer.alloc(FIRST_ROWS * HASH_BYTES);
  #count = 0;
  #next: { number: number; startMs: number; at: number };
  /** A segment that is not where the one before ended, or of an impossible length, makes the line impossible. */
  #fits = true;

  constructor(header: PackHeader) {
    this.#header = header;
    this.#next = { number: header.firstNumber, startMs: header.startMs, at: 0 };
  }

  add({ number, startMs, durationMs, at, bytes, sha256 }: IndexEntry): void {
    const words = [number - this.#next.number, startMs - this.#next.startMs + TIME_ZERO, durationMs, bytes];
    this.#fits &&= at === this.#next.at && this.#count < MAX_SEGMENTS && words.every(isWord);
    if (!this.#fits) return;
    if (this.#count * WORDS === this.#words.length) this.#grow();
    this.#words.set(words, this.#count * WORDS);
    hashBytes(sha256).copy(this.#hashes, this.#count * HASH_BYTES);
    this.#count += 1;
    this.#next = { number: number + 1, startMs: startMs + durationMs, at: at + bytes };
  }

  /** The line with its break; '': what was added cannot be said so. */
  line(): string {
    if (!this.#fits || this.#count === 0) return '';
    const { epoch, firstNumber, startMs, isContinued = false } = this.#header;
    // What is of one kind stands together: so it takes less room when it is deflated.
    const columns = new Uint32Array(this.#count * WORDS);
    for (let at = 0; at < columns.length; at += 1) {
      columns[at] = this.#words[(at % this.#count) * WORDS + Math.floor(at / this.#count)] ?? 0;
    }
    const hashes = this.#hashes.subarray(0, this.#count * HASH_BYTES);
    const deflated = deflateRawSync(Buffer.concat([new Uint8Array(columns.buffer), hashes]));
    const told = { epoch, firstNumber, startMs, isContinued, segments: this.#count, bytes: this.#next.at };
    return `${COLUMNS}${checkedLine({ ...told, deflated: deflated.toString('base64') })}\n`;
  }

  #grow(): void {
    const words = new Uint32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    this.#hashes = Buffer.concat([this.#hashes, Buffer.alloc(this.#hashes.length)]);
  }
}

/** What stands at the end of an index; `undefined`: the lines of its segments have to be read. */
export async function columnsAtEnd(
  disk: DiskReads,
  indexFile: string,
  indexBytes: number,
): Promise<ToldColumns | undefined> {
  const length = Math.min(indexBytes, Math.ceil(END_BYTES + indexBytes * SHARE_OF_INDEX));
  return columnsIn(await disk.read(indexFile, indexBytes - length, length));
}

export function columnsIn(end: Buffer): ToldColumns | undefined {
  const mark = end.lastIndexOf(MARK);
  const lineEnd = mark < 0 ? -1 : end.indexOf(LINE_BREAK, mark + MARK.length);
  if (lineEnd < 0) return undefined;
  const line = parseCheckedLine(end.toString('latin1', mark + MARK.length, lineEnd));
  const told = line.ok ? lineSchema.safeParse(line.value).data : undefined;
  if (told === undefined) return undefined;
  const { deflated, segments, ...pack } = told;
  const columns = columnsFrom(inflated(deflated, segments * ROW_BYTES), told);
  return columns && { ...pack, columns };
}

function columnsFrom(
  told: Buffer | undefined,
  { firstNumber, startMs, segments, bytes }: z.infer<typeof lineSchema>,
): PackColumns | undefined {
  if (told?.length !== segments * ROW_BYTES) return undefined;
  const words = new Uint32Array(segments * WORDS);
  const wordBytes = new Uint8Array(words.buffer);
  wordBytes.set(told.subarray(0, wordBytes.length));
  const columns = { ...emptyColumns(segments), hashes: Buffer.from(told.subarray(wordBytes.length)) };
  const next = { number: firstNumber, startMs, at: 0 };
  for (let index = 0; index < segments; index += 1) {
    const number = next.number + (words[index] ?? 0);
    const entryMs = next.startMs + (words[segments + index] ?? 0) - TIME_ZERO;
    const durationMs = words[2 * segments + index] ?? 0;
    const length = words[3 * segments + index] ?? 0;
    columns.numbers[index] = number;
    columns.startsMs[index] = entryMs;
    columns.durationsMs[index] = durationMs;
    columns.ats[index] = next.at;
    columns.bytes[index] = length;
    next.number = number + 1;
    next.startMs = entryMs + durationMs;
    next.at += length;
  }
  return next.at === bytes ? columns : undefined;
}

function inflated(base64: string, bytes: number): Buffer | undefined {
  try {
    return inflateRawSync(Buffer.from(base64, 'base64'), { maxOutputLength: Math.max(1, bytes) });
  } catch {
    return undefined;
  }
}

function isWord(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_WORD;
}
