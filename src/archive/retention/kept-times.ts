import { z } from 'zod';
import { type AskedDisk, type DiskReads, readText } from '../disk/archive-disk.ts';
import { checkedLine, parseCheckedLine } from '../pack/checked-line.ts';
import type { PackFacts } from '../pack/day-summary.ts';
import { KEPT_FILE } from '../pack/pack-name.ts';
import { addSyncedLines, replaceSmall } from '../pack/synced-lines.ts';

/** A thousand times with notes of 500 characters fit, also where JSON writes each of these as six bytes. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** A file that is longer is written anew, without what counts no more. */
const SHORTENED_FROM_BYTES = 512 * 1024;
/** Of a file that is written anew: the ids that were released last. A root or a server that was away for longer may protect older ones again. */
const MAX_RELEASED = 1000;
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

interface ReadKept extends KeptTimes {
  /** The lines that `problems` are about. */
  readonly unread: readonly string[];
}

function parseKept(text: string): ReadKept {
  const times = new Map<string, KeptTime>();
  const released = new Set<string>();
  const problems: string[] = [];
  const unread: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value).data : undefined;
    if (read === undefined) {
      const problem = checked.ok ? `is not understood (version ${String(checked.value.v)})` : checked.problem;
      problems.push(`line ${index + 1} ${problem}`);
      unread.push(line);
    } else if ('released' in read) {
      times.delete(read.released);
      released.add(read.released);
    } else {
      const { id, fromMs, untilMs, note } = read;
      released.delete(id);
      times.set(id, { id, fromMs, untilMs, note });
    }
  }
  return { times: [...times.values()], released: [...released], problems, unread };
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
  const { times, released, problems } = parseKept(text);
  return { times, released, problems: problems.map((problem) => `${path} ${problem}`) };
}

export async function keep(disk: AskedDisk, folder: string, time: KeptTime): Promise<void> {
  await add(disk, `${folder}/${KEPT_FILE}`, toldOf(time));
}

export async function release(disk: AskedDisk, folder: string, id: string): Promise<void> {
  await add(disk, `${folder}/${KEPT_FILE}`, toldOfReleased(id));
}

function toldOf({ id, fromMs, untilMs, note }: KeptTime): object {
  return { v: VERSION, id, fromMs, untilMs, note };
}

function toldOfReleased(released: string): object {
  return { v: VERSION, released };
}

/** Synced. A file that has become long is made shorter by that. */
async function add(disk: AskedDisk, path: string, told: object): Promise<void> {
  const bytes = (await disk.look(path))?.bytes ?? 0;
  const before = bytes > SHORTENED_FROM_BYTES ? await readText(disk, path, MAX_KEPT_BYTES) : undefined;
  if (before === undefined) return addSyncedLines(disk, path, [told], MAX_KEPT_BYTES);
  await replaceSmall(disk, path, shortened(`${before}\n${checkedLine(told)}`), MAX_KEPT_BYTES);
}

/** With what is protected, with the ids that were released last, and with the lines that cannot be read: these may protect any time. */
function shortened(text: string): string {
  const { times, released, unread } = parseKept(text);
  const told = [...times.map(toldOf), ...released.slice(-MAX_RELEASED).map(toldOfReleased)];
  return [...unread, ...told.map(checkedLine)].map((line) => `${line}\n`).join('');
}

/** A line that cannot be read may have asked for any time, so then all of the stream is kept. */
export function isKept(
  { times, problems }: Pick<KeptTimes, 'times' | 'problems'>,
  { startMs, endMs }: Pick<PackFacts, 'startMs' | 'endMs'>,
): boolean {
  return problems.length > 0 || times.some(({ fromMs, untilMs }) => fromMs < endMs && untilMs > startMs);
}
