import { type ArchiveDisk, readText } from '../disk/archive-disk.ts';
import { MAX_SUMMARY_BYTES, type PackFacts, parseSummary, RETURNED_FILE, SUMMARY_FILE } from '../pack/day-summary.ts';
import { lookAtPack } from '../pack/pack-facts.ts';
import { INDEX_ENDING, MEDIA_ENDING, PART_ENDING, type PackId, packPath, parsePackStem } from '../pack/pack-name.ts';
import { mediaPath, type PackPlace } from '../pack/pack-reading.ts';

export interface DayScan {
  readonly packs: readonly PackFacts[];
  /** Files of packs that come from other servers and are not whole. */
  readonly parts: readonly string[];
  readonly problems: readonly string[];
  /** The summary does not say what was found. */
  readonly isSummaryWrong: boolean;
}

export interface DayToScan {
  readonly place: PackPlace;
  /** `2026/11/22` */
  readonly day: string;
  /** Packs may still be added to the day, or its summary may be incomplete because the server ended. */
  readonly isRecent: boolean;
}

/**
 * What the summary of a day says, without looking at its folders; `undefined`: it is not there, not whole, or not of a day
 * that was over. Packs of which it says that they were not closed are looked at.
 */
export async function summaryOf(
  disk: ArchiveDisk,
  { place, day }: DayToScan,
): Promise<readonly PackFacts[] | undefined> {
  const text = await readText(disk, `${place.folder}/${day}/${SUMMARY_FILE}`, MAX_SUMMARY_BYTES);
  if (text === undefined) return undefined;
  const { packs, open, isComplete } = parseSummary(day, text);
  if (!isComplete) return undefined;
  const looks = await Promise.all(open.map((id) => lookAtPack(disk, place, id)));
  return [...packs, ...looks.flatMap(({ facts }) => facts ?? [])];
}

/**
 * What there is in the folders of a day. Packs of which the summary knows are not opened.
 *
 * @param isThorough the length of their media is compared
 */
export async function scanDay(
  disk: ArchiveDisk,
  { place, day, isRecent }: DayToScan,
  { isThorough }: { readonly isThorough: boolean },
): Promise<DayScan> {
  const folder = `${place.folder}/${day}`;
  const summary = parseSummary(day, (await readText(disk, `${folder}/${SUMMARY_FILE}`, MAX_SUMMARY_BYTES)) ?? '');
  const problems = summary.problems.map((problem) => `${folder}/${SUMMARY_FILE} ${problem}`);
  const known = new Map(summary.packs.map((facts) => [packPath(facts), facts]));
  const packs: PackFacts[] = [];
  const parts: string[] = [];
  const knownOpen = new Set(summary.open.map(packPath));
  let isSummaryWrong = problems.length > 0 || (!isRecent && !summary.isComplete);
  for (const hour of await disk.names(folder)) {
    if (hour === SUMMARY_FILE || hour === RETURNED_FILE) continue;
    if (!/^\d\d$/.test(hour)) {
      problems.push(`${folder}/${hour} is none of the archive's files`);
      continue;
    }
    const found = await packsOfHour(disk, `${day}/${hour}`, place);
    problems.push(...found.problems);
    parts.push(...found.parts);
    for (const id of found.ids) {
      const told = known.get(packPath(id));
      known.delete(packPath(id));
      const bytes = told !== undefined && isThorough ? (await disk.look(mediaPath(place, id)))?.bytes : told?.bytes;
      if (told !== undefined && bytes === told.bytes) {
        packs.push(told);
        continue;
      }
      const look = await lookAtPack(disk, place, id);
      problems.push(...look.problems);
      if (look.facts !== undefined) packs.push(look.facts);
      const isToldOpen = knownOpen.delete(packPath(id)) && look.facts?.why === undefined;
      isSummaryWrong ||= !isToldOpen;
    }
  }
  for (const path of known.keys()) problems.push(`${place.folder}/${path}${MEDIA_ENDING} is gone`);
  return { packs, parts, problems, isSummaryWrong: isSummaryWrong || known.size > 0 || knownOpen.size > 0 };
}

interface HourListing {
  readonly ids: readonly PackId[];
  readonly parts: readonly string[];
  readonly problems: readonly string[];
}

async function packsOfHour(disk: ArchiveDisk, hour: string, { folder }: PackPlace): Promise<HourListing> {
  const ids = new Map<string, PackId>();
  const parts: string[] = [];
  const problems: string[] = [];
  const indexes = new Map<string, PackId>();
  for (const name of await disk.names(`${folder}/${hour}`)) {
    if (name.endsWith(PART_ENDING)) {
      parts.push(`${folder}/${hour}/${name}`);
      continue;
    }
    const ending = [INDEX_ENDING, MEDIA_ENDING].find((each) => name.endsWith(each));
    const stem = ending === undefined ? name : name.slice(0, -ending.length);
    const id = ending === undefined ? undefined : parsePackStem(stem);
    if (id === undefined || packPath(id) !== `${hour}/${stem}`) {
      if (!name.endsWith(DRAFT_ENDING)) problems.push(`${folder}/${hour}/${name} is none of the archive's files`);
    } else (ending === MEDIA_ENDING ? ids : indexes).set(stem, id);
  }
  for (const stem of indexes.keys()) {
    if (!ids.has(stem)) problems.push(`${folder}/${hour}/${stem}${INDEX_ENDING} has no media`);
  }
  return { ids: [...ids.values()], parts, problems };
}

/** Of a file that is written again; see `writeOwnFile`. */
const DRAFT_ENDING = '.new';
