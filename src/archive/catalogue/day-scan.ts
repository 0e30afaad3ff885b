import { type ArchiveDisk, readText } from '../disk/archive-disk.ts';
import { diskReason } from '../disk/stall.ts';
import {
  type DaySummary,
  MAX_SUMMARY_BYTES,
  type PackFacts,
  parseSummary,
  RETURNED_FILE,
  SUMMARY_FILE,
} from '../pack/day-summary.ts';
import { lookAtPack } from '../pack/pack-facts.ts';
import {
  DRAFT_ENDING,
  INDEX_ENDING,
  MEDIA_ENDING,
  PART_ENDING,
  type PackId,
  packPath,
  parsePackStem,
} from '../pack/pack-name.ts';
import { mediaPath, type PackPlace } from '../pack/pack-reading.ts';
import { type UnreadFolder, unreadFolder } from './day-folders.ts';

export interface DayScan {
  /** Those that could not be looked at are as the summary tells them. */
  readonly packs: readonly PackFacts[];
  /** Of hours. */
  readonly unread: readonly UnreadFolder[];
  /** All of it could be looked at. */
  readonly isWhole: boolean;
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
 * What there is in the folders of a day. Packs of which the summary knows are not opened. What cannot be read hides nothing else of the day.
 *
 * @param isThorough the length of their media is compared
 * @throws Error of the disk, where the day itself cannot be read
 */
export async function scanDay(
  disk: ArchiveDisk,
  { place, day, isRecent }: DayToScan,
  { isThorough }: { readonly isThorough: boolean },
): Promise<DayScan> {
  const folder = `${place.folder}/${day}`;
  const hours = await disk.names(folder);
  const scan = new Scanning(disk, place, isThorough);
  const summary = await scan.readSummary(day);
  for (const hour of hours) {
    if (hour === SUMMARY_FILE || hour === RETURNED_FILE) continue;
    if (/^\d\d$/.test(hour)) await scan.hour(`${day}/${hour}`);
    else scan.problems.push(`${folder}/${hour} is none of the archive's files`);
  }
  return scan.result(summary.problems.length > 0 || (!isRecent && !summary.isComplete));
}

/** A day that is being scanned. */
class Scanning {
  readonly problems: string[] = [];
  readonly #disk: ArchiveDisk;
  readonly #place: PackPlace;
  readonly #isThorough: boolean;
  readonly #packs: PackFacts[] = [];
  readonly #parts: string[] = [];
  readonly #unread: UnreadFolder[] = [];
  /** Of the summary, those that have not been found yet. */
  readonly #known = new Map<string, PackFacts>();
  readonly #knownOpen = new Set<string>();
  #isWhole = true;
  #isSummaryWrong = false;

  constructor(disk: ArchiveDisk, place: PackPlace, isThorough: boolean) {
    this.#disk = disk;
    this.#place = place;
    this.#isThorough = isThorough;
  }

  async readSummary(day: string): Promise<DaySummary> {
    const path = `${this.#place.folder}/${day}/${SUMMARY_FILE}`;
    const text = await readText(this.#disk, path, MAX_SUMMARY_BYTES).catch((error: unknown) => {
      this.#cannotRead(path, error);
    });
    const summary = parseSummary(day, text ?? '');
    this.problems.push(...summary.problems.map((problem) => `${path} ${problem}`));
    for (const facts of summary.packs) this.#known.set(packPath(facts), facts);
    for (const id of summary.open) this.#knownOpen.add(packPath(id));
    return summary;
  }

  /** @param hour `2026/11/22/06` */
  async hour(hour: string): Promise<void> {
    const folder = `${this.#place.folder}/${hour}`;
    try {
      const found = await packsOfHour(this.#disk, hour, this.#place);
      this.problems.push(...found.problems);
      this.#parts.push(...found.parts);
      for (const id of found.ids) await this.#pack(id);
    } catch (error) {
      this.#unread.push(unreadFolder(folder, error));
      for (const [path, facts] of this.#known) if (path.startsWith(`${hour}/`)) this.#asTold(path, facts);
    }
  }

  async #pack(id: PackId): Promise<void> {
    const path = packPath(id);
    const told = this.#known.get(path);
    const media = mediaPath(this.#place, id);
    try {
      const isLookedAt = told === undefined || this.#isThorough;
      const bytes = isLookedAt ? (await this.#disk.look(media))?.bytes : told.bytes;
      this.#known.delete(path);
      if (told !== undefined && bytes === told.bytes) {
        this.#packs.push(told);
        return;
      }
      const look = await lookAtPack(this.#disk, this.#place, id);
      this.problems.push(...look.problems);
      if (look.facts !== undefined) this.#packs.push(look.facts);
      const isToldOpen = this.#knownOpen.delete(path) && look.facts?.why === undefined;
      this.#isSummaryWrong ||= !isToldOpen;
    } catch (error) {
      this.#cannotRead(media.slice(0, -MEDIA_ENDING.length), error);
      if (told !== undefined) this.#asTold(path, told);
    }
  }

  result(isSummaryWrong: boolean): DayScan {
    const isWhole = this.#isWhole && this.#unread.length === 0;
    for (const path of this.#known.keys()) this.problems.push(`${this.#place.folder}/${path}${MEDIA_ENDING} is gone`);
    const isWrong = isSummaryWrong || this.#isSummaryWrong || this.#known.size + this.#knownOpen.size > 0;
    return {
      ...{ packs: this.#packs, parts: this.#parts, problems: this.problems, unread: this.#unread, isWhole },
      // What could not be looked at would be missing in it.
      isSummaryWrong: isWhole && isWrong,
    };
  }

  #asTold(path: string, facts: PackFacts): void {
    this.#known.delete(path);
    this.#packs.push(facts);
  }

  #cannotRead(path: string, error: unknown): void {
    this.problems.push(`${path} cannot be read: ${diskReason(error)}`);
    this.#isWhole = false;
  }
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
