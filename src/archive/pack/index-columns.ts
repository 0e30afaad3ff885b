import { CHECK_CHARACTERS, checkOf } from './checked-line.ts';
import { type IndexEntry, type PackClosing, type PackHeader, parseIndex, SEGMENT } from './pack-index.ts';

/** The segments of a pack in the order of their numbers, by columns: a day of a stream is 43,200 of them. */
export interface PackColumns {
  readonly numbers: number[];
  readonly startsMs: number[];
  readonly durationsMs: number[];
  /** First byte in the media. */
  readonly ats: number[];
  readonly bytes: number[];
  /** See `IndexEntry.sha256`. */
  readonly hashes: (string | undefined)[];
}

export interface IndexColumns {
  readonly header: PackHeader;
  readonly columns: PackColumns;
  readonly closing: PackClosing | undefined;
  /** Of the media, up to the end of its last segment: no byte before that is in none. */
  readonly bytes: number;
}

const SEGMENT_MARK = Buffer.from(SEGMENT);
const LINE_BREAK = 0x0a;

/**
 * Reads an index that is as the recorder writes it, without a break, in a twentieth of the time of `parseIndex`; `undefined`: anything about
 * it is otherwise, and it is to be read with care.
 */
export function columnsOf(index: Buffer): IndexColumns | undefined {
  const firstMark = index.indexOf(SEGMENT_MARK);
  if (firstMark < 0) return undefined;
  const head = parseIndex(index.toString('utf8', 0, firstMark));
  if (head.header === undefined || head.problems.length > 0) return undefined;
  const reader = new LineReader(index);
  const columns = emptyColumns();
  let bytes = 0;
  let lastNumber = head.header.firstNumber - 1;
  for (let mark = firstMark; mark >= 0; mark = index.indexOf(SEGMENT_MARK, reader.at)) {
    if (index[mark - 1] !== LINE_BREAK) return undefined;
    const entry = reader.segment(mark + SEGMENT_MARK.length);
    if (entry === undefined || entry.at !== bytes || entry.number <= lastNumber) return undefined;
    lastNumber = entry.number;
    bytes += entry.bytes;
    put(columns, entry);
  }
  const tail = parseIndex(index.toString('utf8', reader.at));
  if (tail.problems.length > 0) return undefined;
  return { header: head.header, columns, closing: tail.closing, bytes };
}

export function emptyColumns(): PackColumns {
  return { numbers: [], startsMs: [], durationsMs: [], ats: [], bytes: [], hashes: [] };
}

export function columnsOfEntries(entries: readonly IndexEntry[]): PackColumns {
  const columns = emptyColumns();
  for (const entry of entries) put(columns, entry);
  return columns;
}

function put(columns: PackColumns, { number, startMs, durationMs, at, bytes, sha256 }: IndexEntry): void {
  columns.numbers.push(number);
  columns.startsMs.push(startMs);
  columns.durationsMs.push(durationMs);
  columns.ats.push(at);
  columns.bytes.push(bytes);
  columns.hashes.push(sha256);
}

const WORDS = ['{"number":', ',"startMs":', ',"durationMs":', ',"at":', ',"bytes":'].map((word) => Buffer.from(word));
const HASH_WORD = Buffer.from(',"sha256":"');
const END_WORD = Buffer.from('"}\n');
const HASH_CHARACTERS = 16;
/** No number that is longer is exact. */
const MAX_DIGITS = 15;
const ZERO = 0x30;

/** Reads a line `<check> {"number":…,"startMs":…,"durationMs":…,"at":…,"bytes":…,"sha256":"…"}` byte by byte. */
class LineReader {
  /** Behind what was read last. */
  at = 0;
  readonly #index: Buffer;

  constructor(index: Buffer) {
    this.#index = index;
  }

  /** `undefined`: there is no such line there, or its check does not fit. */
  segment(lineAt: number): IndexEntry | undefined {
    const jsonAt = lineAt + CHECK_CHARACTERS + 1;
    this.at = jsonAt;
    const [number, startMs, durationMs, at, bytes] = WORDS.map((word) =>
      this.#passes(word) ? this.#digits() : undefined,
    );
    if (!number || startMs === undefined || !durationMs || at === undefined || !bytes) return undefined;
    if (!this.#passes(HASH_WORD)) return undefined;
    const sha256 = this.#index.toString('latin1', this.at, this.at + HASH_CHARACTERS);
    this.at += HASH_CHARACTERS;
    if (!this.#passes(END_WORD)) return undefined;
    const check = Number.parseInt(this.#index.toString('latin1', lineAt, lineAt + CHECK_CHARACTERS), 16);
    if (check !== checkOf(this.#index, jsonAt, this.at - 1)) return undefined;
    return { number, startMs, durationMs, at, bytes, sha256 };
  }

  #passes(word: Buffer): boolean {
    for (let index = 0; index < word.length; index += 1) {
      if (this.#index[this.at + index] !== word[index]) return false;
    }
    this.at += word.length;
    return true;
  }

  #digits(): number | undefined {
    const from = this.at;
    let value = 0;
    for (let digit = this.#digit(); digit !== undefined; digit = this.#digit()) {
      value = value * 10 + digit;
      this.at += 1;
    }
    return this.at > from && this.at - from <= MAX_DIGITS ? value : undefined;
  }

  #digit(): number | undefined {
    const digit = (this.#index[this.at] ?? 0) - ZERO;
    return digit >= 0 && digit <= 9 ? digit : undefined;
  }
}
