import { z } from 'zod';
import { checkedLine, parseCheckedLine } from './checked-line.ts';
import type { Gap } from './pack-index.ts';
import { dayFolder, type PackId, packPath, parsePackStem } from './pack-name.ts';

/**
 * The summary of a day: a line for each pack of one stream, in `<stream's folder>/2026/11/22/packs`. It saves a
 * server that starts from opening each index: 30 days of 200 streams are 144,000. It is no truth of its own: what is
 * missing or damaged in it is read from the folders of the hours.
 */
export const SUMMARY_FILE = 'packs';
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
  readonly keepMs?: number | undefined;
  /** Before it. */
  readonly gaps: readonly Gap[];
}

export interface DaySummary {
  readonly packs: readonly PackFacts[];
  /** That were not closed: nothing else is said of them. */
  readonly open: readonly PackId[];
  readonly problems: readonly string[];
}

const count = z.int().nonnegative();
const packSchema = z.object({
  v: z.literal(VERSION),
  pack: z.string(),
  lastNumber: count,
  endMs: count,
  bytes: count,
  home: z.string(),
  why: z.string(),
  keepMs: z.number().positive().optional(),
  gaps: z.array(z.object({ fromMs: z.number(), untilMs: z.number(), why: z.string() })).optional(),
});
const goneSchema = z.object({ v: z.literal(VERSION), gone: z.string() });
const openSchema = z.object({ v: z.literal(VERSION), open: z.string() });
const lineSchema = z.union([packSchema, goneSchema, openSchema]);

export function summaryLine(facts: PackFacts): string {
  const { lastNumber, endMs, bytes, home, why, keepMs, gaps } = facts;
  if (why === undefined) return `${checkedLine({ v: VERSION, open: placeInDay(facts) })}\n`;
  const told = { v: VERSION, pack: placeInDay(facts), lastNumber, endMs, bytes, home, why, keepMs };
  return `${checkedLine(gaps.length === 0 ? told : { ...told, gaps })}\n`;
}

/** Written before the pack is removed: a summary must not list what is not there. */
export function goneLine(pack: PackId): string {
  return `${checkedLine({ v: VERSION, gone: placeInDay(pack) })}\n`;
}

/** @param day its folder, `2026/11/22`: a line about a pack of another day is a damaged one. */
export function parseSummary(day: string, summaryFile: string): DaySummary {
  const packs = new Map<string, PackFacts | PackId>();
  const problems: string[] = [];
  const refuse = (line: number, problem: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push(`line ${line} ${problem}`);
  };
  for (const [index, line] of summaryFile.split('\n').entries()) {
    if (line === '') continue;
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value) : undefined;
    if (!checked.ok) refuse(index + 1, checked.problem);
    else if (!read?.success) refuse(index + 1, `is not understood (version ${String(checked.value.v)})`);
    else {
      const told = read.data;
      const place = 'gone' in told ? told.gone : 'open' in told ? told.open : told.pack;
      const id = packOfPlace(day, place);
      if (id === undefined) refuse(index + 1, `names no pack of ${day}: ${place}`);
      else if ('gone' in told) packs.delete(place);
      else packs.set(place, 'open' in told ? id : factsOfLine(id, told));
    }
  }
  const all = [...packs.values()];
  return { packs: all.filter((pack) => 'endMs' in pack), open: all.filter((pack) => !('endMs' in pack)), problems };
}

function factsOfLine(id: PackId, told: z.infer<typeof packSchema>): PackFacts {
  const { gaps = NO_GAPS, lastNumber, endMs, bytes, home, why, keepMs } = told;
  return { ...id, home, keepMs, gaps, lastNumber, endMs, bytes, why };
}

/** `06/17-900-1795327200000` */
function placeInDay(pack: PackId): string {
  return packPath(pack).slice(dayFolder(pack.startMs).length + 1);
}

function packOfPlace(day: string, place: string): PackId | undefined {
  const id = parsePackStem(place.slice(place.indexOf('/') + 1));
  return id !== undefined && `${day}/${place}` === packPath(id) ? id : undefined;
}
