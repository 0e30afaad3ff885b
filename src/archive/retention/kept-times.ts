import { z } from 'zod';
import { type AskedDisk, type DiskReads, readText } from '../disk/archive-disk.ts';
import { parseCheckedLine } from '../pack/checked-line.ts';
import type { PackFacts } from '../pack/day-summary.ts';
import { KEPT_FILE } from '../pack/pack-name.ts';
import { addSyncedLines } from '../pack/synced-lines.ts';

const MAX_KEPT_BYTES = 1024 * 1024;
const VERSION = 1;

export interface KeptTime {
  readonly id: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly note: string;
}

export interface KeptTimes {
  readonly times: readonly KeptTime[];
  /** The ids of those that were protected once. Each order to protect a time has an id of its own. */
  readonly released: readonly string[];
  readonly problems: readonly string[];
}

const version = z.literal(VERSION);
const lineSchema = z.union([
  z.object({ v: version, id: z.string(), fromMs: z.number(), untilMs: z.number(), note: z.string() }),
  z.object({ v: version, released: z.string() }),
]);

export const NOTHING_KEPT: KeptTimes = { times: [], released: [], problems: [] };

export function parseKept(text: string): KeptTimes {
  const times = new Map<string, KeptTime>();
  const released = new Set<string>();
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value) : undefined;
    if (!checked.ok) problems.push(`line ${index + 1} ${checked.problem}`);
    else if (!read?.success) problems.push(`line ${index + 1} is not understood (version ${String(checked.value.v)})`);
    else if ('released' in read.data) {
      times.delete(read.data.released);
      released.add(read.data.released);
    } else {
      const { id, fromMs, untilMs, note } = read.data;
      released.delete(id);
      times.set(id, { id, fromMs, untilMs, note });
    }
  }
  return { times: [...times.values()], released: [...released], problems };
}

/** Of several roots: a protected time counts on all, whichever of them knows it, until one knows that it was released. */
export function mergedKept(each: readonly KeptTimes[]): KeptTimes {
  const released = new Set(each.flatMap((kept) => kept.released));
  const times = new Map(each.flatMap((kept) => kept.times.map((time) => [time.id, time])));
  for (const id of released) times.delete(id);
  return { times: [...times.values()], released: [...released], problems: each.flatMap(({ problems }) => problems) };
}

/** @param folder the stream's in a root. */
export async function readKept(disk: DiskReads, folder: string): Promise<KeptTimes> {
  const path = `${folder}/${KEPT_FILE}`;
  if ((await disk.look(path)) === undefined) return NOTHING_KEPT;
  const text = await readText(disk, path, MAX_KEPT_BYTES);
  if (text === undefined) return { ...NOTHING_KEPT, problems: [`${path} is longer than ${MAX_KEPT_BYTES} bytes`] };
  const { problems, ...kept } = parseKept(text);
  return { ...kept, problems: problems.map((problem) => `${path} ${problem}`) };
}

export async function keep(disk: AskedDisk, folder: string, time: KeptTime): Promise<void> {
  const { id, fromMs, untilMs, note } = time;
  const line = { v: VERSION, id, fromMs, untilMs, note };
  await addSyncedLines(disk, `${folder}/${KEPT_FILE}`, [line], MAX_KEPT_BYTES);
}

export async function release(disk: AskedDisk, folder: string, id: string): Promise<void> {
  await addSyncedLines(disk, `${folder}/${KEPT_FILE}`, [{ v: VERSION, released: id }], MAX_KEPT_BYTES);
}

/** A line that cannot be read may have asked for any time, so then all of the stream is kept. */
export function isKept(
  { times, problems }: Pick<KeptTimes, 'times' | 'problems'>,
  { startMs, endMs }: Pick<PackFacts, 'startMs' | 'endMs'>,
): boolean {
  return problems.length > 0 || times.some(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs);
}
