import { z } from 'zod';
import { count, unixTime } from '../../domain/records/number-schemas.ts';
import { checkedLine, parseCheckedLine } from './checked-line.ts';
import type { Gap } from './pack-index.ts';
import { dayFolder, HOUR_MS, type PackId, packPath, parsePackStem } from './pack-name.ts';

/**
 * The summary of a day: a line for each pack of one stream, in `<stream's folder>/2026/11/22/packs`. It saves a
 * server that starts from opening each index: 30 days of 200 streams are 144,000. Nothing depends on it alone: what is
 * missing or damaged in it is read from the folders of the hours.
 *
 * A file that lost its end at the end of a line looks whole. So when a day is over its summary is written again as one line, and only such a
 * day is believed without a look at its folders.
 */
export const SUMMARY_FILE = 'packs';
/** Beside it: what was erased, since its home has it (tombstone-line.ts). */
export const RETURNED_FILE = 'returned';
export const MAX_SUMMARY_BYTES = 4 * 1024 * 1024;
const VERSION = 1;
const MAX_PROBLEMS = 20;
/** One for all: there are a hundred thousand packs. */
const NO_GAPS: readonly Gap[] = [];

/** What is known of a pack without its index. */
export interface PackFacts extends PackId {
  readonly lastNumber: number;
  readonly endMs: number;
  readonly bytes: number;
  readonly home: string;
  /** Why it ended; `undefined`: it was not closed. */
  readonly why: string | undefined;
  /**
   * Of the media as it was closed, in hexadecimal: it is told with a debt. Only where another server than the home has recorded the pack, and
   * not in lines of earlier versions: then the index has it.
   */
  readonly sha256?: string | undefined;
  readonly keepMs?: number | undefined;
  /** Before it, and of segments that were lost within it. */
  readonly gaps: readonly Gap[];
}

export interface DaySummary {
  readonly packs: readonly PackFacts[];
  /** That were not closed: nothing else is said of them. */
  readonly open: readonly PackId[];
  readonly problems: readonly string[];
  /** The day was over when it was written, and nothing was added since. */
  readonly isComplete: boolean;
}

const packSchema = z.object({
  pack: z.string(),
  lastNumber: count,
  endMs: unixTime,
  bytes: count,
  home: z.string(),
  why: z.string(),
  sha256: z.string().optional(),
  keepMs: z.number().positive().optional(),
  gaps: z.array(z.object({ fromMs: z.number(), untilMs: z.number(), why: z.string() })).optional(),
});
const version = z.literal(VERSION);
const lineSchema = z.union([
  packSchema.extend({ v: version }),
  z.object({ v: version, gone: z.string() }),
  z.object({ v: version, open: z.string() }),
  z.object({ v: version, day: z.array(packSchema), open: z.array(z.string()) }),
]);

export function summaryLine(facts: PackFacts): string {
  const told = facts.why === undefined ? { open: placeInDay(facts) } : toldOf(facts, facts.why);
  return `${checkedLine({ v: VERSION, ...told })}\n`;
}

/** @param packs all of a day that is over. */
export function completeSummary(packs: readonly PackFacts[]): string {
  const day = packs.flatMap((facts) => (facts.why === undefined ? [] : [toldOf(facts, facts.why)]));
  const open = packs.filter(({ why }) => why === undefined).map(placeInDay);
  return `${checkedLine({ v: VERSION, day, open })}\n`;
}

/** Written before the pack is removed: a summary must not list what is not there. */
export function goneLine(pack: PackId): string {
  return `${checkedLine({ v: VERSION, gone: placeInDay(pack) })}\n`;
}

/** @param day its folder, `2026/11/22`: a line about a pack of another day is a damaged one. */
export function parseSummary(day: string, summaryFile: string): DaySummary {
  const reading = new SummaryReading(day);
  for (const [index, line] of summaryFile.split('\n').entries()) if (line !== '') reading.line(index + 1, line);
  return reading.result();
}

type ToldPack = z.infer<typeof packSchema>;

class SummaryReading {
  readonly #day: string;
  readonly #dayMs: number;
  readonly #packs = new Map<string, PackFacts | PackId>();
  readonly #problems: string[] = [];
  #isComplete = false;

  constructor(day: string) {
    this.#day = day;
    this.#dayMs = Date.parse(`${day.replaceAll('/', '-')}T00:00:00Z`);
  }

  line(number: number, line: string): void {
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value) : undefined;
    if (!checked.ok) this.#refuse(number, checked.problem);
    else if (!read?.success) this.#refuse(number, `is not understood (version ${String(checked.value.v)})`);
    else if ('gone' in read.data) this.#packs.delete(read.data.gone);
    else {
      this.#isComplete = 'day' in read.data;
      const told = read.data;
      if ('day' in told) {
        for (const pack of told.day) this.#put(number, pack.pack, pack);
        for (const place of told.open) this.#put(number, place);
      } else if ('open' in told) this.#put(number, told.open);
      else this.#put(number, told.pack, told);
    }
  }

  result(): DaySummary {
    const all = [...this.#packs.values()];
    return {
      packs: all.filter((pack) => 'endMs' in pack),
      open: all.filter((pack) => !('endMs' in pack)),
      problems: this.#problems,
      isComplete: this.#isComplete && this.#problems.length === 0,
    };
  }

  #put(line: number, place: string, told?: ToldPack): void {
    const id = this.#packOf(place);
    if (id === undefined) this.#refuse(line, `names no pack of ${this.#day}: ${place}`);
    else this.#packs.set(place, told === undefined ? id : factsOf(id, told));
  }

  /** Without a date for each: there are a hundred thousand. */
  #packOf(place: string): PackId | undefined {
    const id = parsePackStem(place.slice(HOUR_CHARACTERS));
    const hour = id === undefined ? -1 : Math.floor((id.startMs - this.#dayMs) / HOUR_MS);
    const isOfDay = hour >= 0 && hour < 24 && place.startsWith(`${String(hour).padStart(2, '0')}/`);
    return isOfDay ? id : undefined;
  }

  #refuse(line: number, problem: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(`line ${line} ${problem}`);
  }
}

/** `06/` */
const HOUR_CHARACTERS = 3;

function toldOf(facts: PackFacts, why: string): ToldPack {
  const { lastNumber, endMs, bytes, home, sha256, keepMs, gaps } = facts;
  const told = { pack: placeInDay(facts), lastNumber, endMs, bytes, home, why, sha256, keepMs };
  return gaps.length === 0 ? told : { ...told, gaps: [...gaps] };
}

function factsOf({ epoch, firstNumber, startMs }: PackId, told: ToldPack): PackFacts {
  const { gaps = NO_GAPS, lastNumber, endMs, bytes, home, why, sha256, keepMs } = told;
  return { epoch, firstNumber, startMs, home, keepMs, gaps, lastNumber, endMs, bytes, why, sha256 };
}

/** `06/17-900-1795327200000` */
function placeInDay(pack: PackId): string {
  return packPath(pack).slice(dayFolder(pack.startMs).length + 1);
}
