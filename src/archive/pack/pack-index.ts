import { z } from 'zod';
import { count, unixTime } from '../../domain/records/number-schemas.ts';
import { LATEST_MS } from '../../domain/text/iso-time.ts';
import { targetDurationS } from '../../media/playlist.ts';
import { checkedLine, parseCheckedLine } from './checked-line.ts';
import { MEDIA_ENDING, type PackId, packStem } from './pack-name.ts';

/**
 * The index of a pack: an HLS playlist by byte ranges, which any player plays from the folder. What this server reads of it are
 * comments, each a line with a check (checked-line.ts): the tags beside them say the same to players. A segment's comment is the last
 * of its lines, and a write may end anywhere but keeps its order, so if the comment is whole, its tags are too.
 */
const VERSION = 1;
const PACK = '#STREAMHERD-PACK ';
const GAP = '#STREAMHERD-GAP ';
export const SEGMENT = '#STREAMHERD-SEGMENT ';
const CLOSED = '#STREAMHERD-CLOSED ';
/** Half a day of the shortest segments, which no hour can have. */
export const MAX_INDEX_BYTES = 32 * 1024 * 1024;
/** A file that is no index at all is described by so many lines. */
const MAX_PROBLEMS = 20;

export interface PackHeader extends PackId {
  readonly stream: string;
  /** The server where the recording belongs. */
  readonly home: string;
  /** The server that recorded it. */
  readonly server: string;
  /** The wished duration of its segments. */
  readonly segmentMs: number;
  /** How long the definition wanted it kept when it began; absent: without a bound by age. */
  readonly keepMs?: number | undefined;
  /**
   * The segment with the number before its first one is of the same run of ffmpeg, wherever that is: no discontinuity is between the two.
   * Why the pack before ended does not say it: its hour may be over while ffmpeg starts again.
   */
  readonly isContinued?: boolean | undefined;
}

export interface IndexEntry {
  readonly number: number;
  readonly startMs: number;
  readonly durationMs: number;
  /** First byte in the media. */
  readonly at: number;
  readonly bytes: number;
  /** The first 16 characters of the SHA-256 of its bytes; absent: it was found in the media, and no index had it. */
  readonly sha256?: string | undefined;
}

/** A time that was captured but not recorded. */
export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly why: string;
}

export interface PackClosing {
  readonly bytes: number;
  /** How many the index lists. */
  readonly segments: number;
  /** Of the whole media, in hexadecimal. */
  readonly sha256: string;
  readonly home: string;
  readonly epoch: number;
  /** Why it ended here: it is the reason of the gap behind it, if there is one. */
  readonly why: string;
}

export interface PackIndex {
  readonly header?: PackHeader | undefined;
  /** Before the pack, and of segments that were lost within it. */
  readonly gaps: readonly Gap[];
  readonly entries: readonly IndexEntry[];
  /** Absent: it was not closed. */
  readonly closing?: PackClosing | undefined;
}

export interface ParsedIndex extends PackIndex {
  /** Lines that were skipped, with their numbers. */
  readonly problems: readonly string[];
  /** It is of a version that is not understood, so nothing of it was read, and it must not be written over. */
  readonly isOfAnotherVersion: boolean;
}

const headerSchema = z.object({
  v: z.literal(VERSION),
  stream: z.string(),
  epoch: count,
  firstNumber: count,
  startMs: unixTime,
  home: z.string(),
  server: z.string(),
  segmentMs: z.number().positive(),
  keepMs: z.number().positive().optional(),
  isContinued: z.boolean().optional(),
});
const entrySchema = z.object({
  number: count,
  startMs: unixTime,
  durationMs: z.int().positive().max(LATEST_MS),
  at: count,
  bytes: z.int().positive(),
  sha256: z.string().optional(),
});
const gapSchema = z.object({ fromMs: z.number(), untilMs: z.number(), why: z.string() });
const closingSchema = z.object({
  bytes: count,
  segments: count,
  sha256: z.string(),
  home: z.string(),
  epoch: count,
  why: z.string(),
});

/** What stands in the index before its first segment. */
export function indexHead(header: PackHeader, gaps: readonly Gap[], longestMs = 0): string {
  const { stream, epoch, firstNumber, startMs, home, server, segmentMs, keepMs, isContinued } = header;
  const told = { v: VERSION, stream, epoch, firstNumber, startMs, home, server, segmentMs, keepMs, isContinued };
  const targetS = Math.max(targetDurationS(segmentMs), Math.round(longestMs / 1000));
  return text([
    '#EXTM3U',
    // Byte ranges came with version 4.
    '#EXT-X-VERSION:4',
    `#EXT-X-TARGETDURATION:${targetS}`,
    `#EXT-X-MEDIA-SEQUENCE:${firstNumber}`,
    '#EXT-X-PLAYLIST-TYPE:EVENT',
    PACK + checkedLine(told),
    ...gaps.map(({ fromMs, untilMs, why }) => GAP + checkedLine({ fromMs, untilMs, why })),
  ]);
}

export function segmentLines(pack: PackId, { number, startMs, durationMs, at, bytes, sha256 }: IndexEntry): string {
  return text([
    `#EXT-X-PROGRAM-DATE-TIME:${new Date(startMs).toISOString()}`,
    `#EXTINF:${(durationMs / 1000).toFixed(3)},`,
    `#EXT-X-BYTERANGE:${bytes}@${at}`,
    packStem(pack) + MEDIA_ENDING,
    SEGMENT + checkedLine({ number, startMs, durationMs, at, bytes, sha256 }),
  ]);
}

/** @param columnsLine see columns-line.ts */
export function closingLines({ bytes, segments, sha256, home, epoch, why }: PackClosing, columnsLine = ''): string {
  const closed = CLOSED + checkedLine({ bytes, segments, sha256, home, epoch, why });
  return `#EXT-X-ENDLIST\n${columnsLine}${closed}\n`;
}

/** Whether a player could refuse the index, since a segment is longer than its head says that any is. */
export function isLongerThanAnnounced({ segmentMs }: PackHeader, durationMs: number): boolean {
  return Math.round(durationMs / 1000) > targetDurationS(segmentMs);
}

/** Reads what is whole of an index; where it lacks a segment, the media has to be asked. */
export function parseIndex(indexFile: string): ParsedIndex {
  const reading = new IndexReading();
  const lines = indexFile.split('\n');
  for (const [index, line] of lines.entries()) reading.line(index + 1, line);
  // The text after the last line break is no complete line.
  if (lines.at(-1) !== '') reading.refuse(lines.length, 'is torn: it has no line break');
  return reading.result();
}

class IndexReading {
  #header: PackHeader | undefined;
  readonly #gaps: Gap[] = [];
  readonly #entries: IndexEntry[] = [];
  #closing: PackClosing | undefined;
  readonly #problems: string[] = [];
  #isOfAnotherVersion = false;

  line(number: number, line: string): void {
    const space = line.indexOf(' ');
    const word = line.startsWith('#STREAMHERD-') ? line.slice(0, space + 1) : undefined;
    if (word === undefined) {
      if (line !== '' && !/^(?:#EXT|[\d-]+\.ts$)/.test(line)) this.refuse(number, 'is none of an index');
      return;
    }
    const checked = parseCheckedLine(line.slice(word.length));
    if (checked.ok) this.#value(number, word, checked.value);
    else this.refuse(number, checked.problem);
  }

  refuse(line: number, problem: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(`line ${line} ${problem}`);
  }

  result(): ParsedIndex {
    const common = { problems: this.#problems, isOfAnotherVersion: this.#isOfAnotherVersion };
    if (this.#isOfAnotherVersion) return { gaps: [], entries: [], ...common };
    return {
      header: this.#header,
      gaps: this.#gaps,
      entries: this.#entries,
      closing: this.#closing,
      ...common,
    };
  }

  #value(line: number, word: string, value: Readonly<Record<string, unknown>>): void {
    const take = <T>(schema: z.ZodType<T>, use: (read: T) => void) => {
      const read = schema.safeParse(value);
      if (read.success) use(read.data);
      else this.refuse(line, `is not understood: ${read.error.issues[0]?.path.join('.')}`);
    };
    if (word === PACK && value.v !== VERSION) {
      this.#isOfAnotherVersion = true;
      this.refuse(line, `is of version ${String(value.v)}: expected ${VERSION}`);
    } else if (word === PACK) take(headerSchema, (header) => this.#take(header));
    else if (word === GAP) take(gapSchema, (gap) => this.#gaps.push(gap));
    else if (word === SEGMENT) take(entrySchema, (entry) => this.#entries.push(entry));
    else if (word === CLOSED)
      take(closingSchema, (closing) => {
        this.#closing = closing;
      });
    // Columns say what the segments' lines say; other words are of a later release that has kept the version, since they can be done without.
  }

  #take({ v: _, ...header }: z.infer<typeof headerSchema>): void {
    this.#header ??= header;
  }
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
