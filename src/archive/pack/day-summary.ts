import { z } from 'zod';
import { checkedLine, parseCheckedLine } from './checked-line.ts';
import type { Gap } from './pack-index.ts';
import { dayFolder, type PackId, packPath, parsePackStem } from './pack-name.ts';

/**
 * The summary of a day: a line for each pack of one stream that was closed, in `<stream's folder>/2026/11/22/packs`. It saves a
 * server that starts from opening each index: 30 days of 200 streams are 144,000. It is no truth of its own: what is
 * missing or damaged in it is read from the folders of the hours.
 */
export const SUMMARY_FILE = 'packs';
export const MAX_SUMMARY_BYTES = 4 * 1024 * 1024;
const VERSION = 1;
const MAX_PROBLEMS = 20;

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
const lineSchema = z.union([packSchema, goneSchema]);

/** @param facts of a pack that is closed. */
export function summaryLine(facts: PackFacts): string {
  const { lastNumber, endMs, bytes, home, why, keepMs, gaps } = facts;
  const told = { v: VERSION, pack: placeInDay(facts), lastNumber, endMs, bytes, home, why, keepMs };
  return `${checkedLine(gaps.length === 0 ? told : { ...told, gaps })}\n`;
}

/** Written before the pack is removed: a summary must not list what is not there. */
export function goneLine(pack: PackId): string {
  return `${checkedLine({ v: VERSION, gone: placeInDay(pack) })}\n`;
}

/** @param day its folder, `2026/11/22`: a line about a pack of another day is a damaged one. */
export function parseSummary(day: string, summaryFile: string): DaySummary {
  const packs = new Map<string, PackFacts>();
  const problems: string[] = [];
  const refuse = (line: number, problem: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push(`line ${line} ${problem}`);
  };
  const lines = summaryFile.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const checked = parseCheckedLine(line);
    if (!checked.ok) {
      refuse(index + 1, checked.problem);
      continue;
    }
    const read = lineSchema.safeParse(checked.value);
    if (!read.success) refuse(index + 1, `is not understood (version ${String(checked.value.v)})`);
    else if ('gone' in read.data) packs.delete(read.data.gone);
    else {
      const { v: _, pack, gaps = [], ...told } = read.data;
      const id = packOfPlace(day, pack);
      if (id === undefined) refuse(index + 1, `names no pack of ${day}: ${pack}`);
      else packs.set(pack, { ...id, ...told, gaps });
    }
  }
  return { packs: [...packs.values()], problems };
}

/** `06/17-900-1795327200000` */
function placeInDay(pack: PackId): string {
  return packPath(pack).slice(dayFolder(pack.startMs).length + 1);
}

function packOfPlace(day: string, place: string): PackId | undefined {
  const id = parsePackStem(place.slice(place.indexOf('/') + 1));
  return id !== undefined && `${day}/${place}` === packPath(id) ? id : undefined;
}
