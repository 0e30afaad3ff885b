import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import type { ArchiveDisk } from '../disk/archive-disk.ts';
import { checkedLine, parseCheckedLine } from './checked-line.ts';
import { emptyColumns, HASH_BYTES, hashBytes, type PackColumns, putNumbers } from './pack-columns.ts';
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
const WORD_BYTES = 4;
const ROW_BYTES = WORDS * WORD_BYTES + HASH_BYTES;
const MAX_WORD = 0xffff_ffff;
/** Half of it are times before the end of the segment before. */
const TIME_ZERO = 0x8000_0000;
const FIRST_ROWS = 256;

const count = z.int().nonnegative();
const lineSchema = z.object({
  epoch: count,
  firstNumber: count,
  startMs: count,
  isContinued: z.boolean(),
  segments: count.max(MAX_SEGMENTS),
  bytes: count,
  deflated: z.base64(),
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
  #rows = Buffer.alloc(FIRST_ROWS * ROW_BYTES);
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
    const row = this.#count * ROW_BYTES;
    if (row === this.#rows.length) this.#rows = Buffer.concat([this.#rows, Buffer.alloc(row)]);
    for (const [index, word] of words.entries()) this.#rows.writeUInt32LE(word, row + index * WORD_BYTES);
    hashBytes(sha256).copy(this.#rows, row + WORDS * WORD_BYTES);
    this.#count += 1;
    this.#next = { number: number + 1, startMs: startMs + durationMs, at: at + bytes };
  }

  /** The line with its break; '': what was added cannot be said so. */
  line(): string {
    if (!this.#fits || this.#count === 0) return '';
    const { epoch, firstNumber, startMs, isContinued = false } = this.#header;
    const deflated = deflateRawSync(turned(this.#rows.subarray(0, this.#count * ROW_BYTES), this.#count, ROW_BYTES));
    const told = { epoch, firstNumber, startMs, isContinued, segments: this.#count, bytes: this.#next.at };
    return `${COLUMNS}${checkedLine({ ...told, deflated: deflated.toString('base64') })}\n`;
  }
}

/** What stands at the end of an index; `undefined`: the lines of its segments have to be read. */
export async function columnsAtEnd(
  disk: ArchiveDisk,
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
  inflatedRows: Buffer | undefined,
  { firstNumber, startMs, segments, bytes }: z.infer<typeof lineSchema>,
): PackColumns | undefined {
  if (inflatedRows?.length !== segments * ROW_BYTES) return undefined;
  const rows = turned(inflatedRows, ROW_BYTES, segments);
  const columns = emptyColumns(segments);
  const next = { number: firstNumber, startMs, at: 0 };
  for (let index = 0; index < segments; index += 1) {
    const row = index * ROW_BYTES;
    const entry = {
      number: next.number + rows.readUInt32LE(row),
      startMs: next.startMs + rows.readUInt32LE(row + WORD_BYTES) - TIME_ZERO,
      durationMs: rows.readUInt32LE(row + 2 * WORD_BYTES),
      at: next.at,
      bytes: rows.readUInt32LE(row + 3 * WORD_BYTES),
    };
    putNumbers(columns, index, entry);
    rows.copy(columns.hashes, index * HASH_BYTES, row + WORDS * WORD_BYTES, row + ROW_BYTES);
    next.number = entry.number + 1;
    next.startMs = entry.startMs + entry.durationMs;
    next.at += entry.bytes;
  }
  return next.at === bytes ? columns : undefined;
}

/** Bytes of one kind one after the other take a third of the room when they are deflated. */
function turned(table: Buffer, rows: number, columns: number): Buffer {
  const other = Buffer.alloc(table.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) other[column * rows + row] = table[row * columns + column] ?? 0;
  }
  return other;
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
