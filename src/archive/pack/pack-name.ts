import { LATEST_MS } from '../../domain/text/iso-time.ts';

/**
 * Where a pack lies and what it is called, below the archive's root and the stream's folder:
 *
 *     2026/11/22/06/<epoch>-<first number>-<start ms>.ts      media
 *                   <same name>.m3u8                          index
 *                   <either name>.part                        comes home from another server: see returning/home-copy.ts
 *
 * Folders are hours of UTC, so no change of daylight saving time makes two hours of one name.
 */
export interface PackId {
  readonly epoch: number;
  /** Of its first segment. */
  readonly firstNumber: number;
  /** Unix milliseconds at which its first segment begins. */
  readonly startMs: number;
}

export const MEDIA_ENDING = '.ts';
export const INDEX_ENDING = '.m3u8';
/** Behind the name of either file: it comes from another server, and is not whole yet. */
export const PART_ENDING = '.part';
/** Behind the name of a file that is being written again; see `writeOwnFile`. */
export const DRAFT_ENDING = '.new';
/** The times of a stream that operators protect, in the stream's folder: beside the recordings, so that it moves with them. */
export const KEPT_FILE = 'kept';
export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEM = /^(\d{1,15})-(\d{1,15})-(\d{1,15})$/;

/** The name of both files without its ending. */
export function packStem({ epoch, firstNumber, startMs }: PackId): string {
  return `${epoch}-${firstNumber}-${startMs}`;
}

/** The pack that a name without ending names; `undefined`: none of ours. */
export function parsePackStem(stem: string): PackId | undefined {
  const [, epoch, first, start] = STEM.exec(stem) ?? [];
  if (epoch === undefined || first === undefined || start === undefined) return undefined;
  const id = { epoch: Number(epoch), firstNumber: Number(first), startMs: Number(start) };
  // One pack, one name: no leading zeros.
  return packStem(id) === stem && id.startMs <= LATEST_MS ? id : undefined;
}

/** `2026/11/22/06` */
export function hourFolder(unixMs: number): string {
  const hour = Math.floor((clamped(unixMs) % DAY_MS) / HOUR_MS);
  return `${dayFolder(unixMs)}/${String(hour).padStart(2, '0')}`;
}

/** `2026/11/22` */
export function dayFolder(unixMs: number): string {
  const day = Math.floor(clamped(unixMs) / DAY_MS);
  const known = dayFolders.get(day);
  if (known !== undefined) return known;
  const folder = new Date(day * DAY_MS).toISOString().slice(0, '2026-11-22'.length).replaceAll('-', '/');
  if (dayFolders.size >= MAX_DAYS) dayFolders.clear();
  dayFolders.set(day, folder);
  return folder;
}

/** By days since 1970: a start and retention ask for a hundred thousand packs, of few days. */
const dayFolders = new Map<number, string>();
const MAX_DAYS = 1000;

/** Where the pack lies, from the stream's folder, without ending: `2026/11/22/06/17-900-1795327200000`. */
export function packPath(id: PackId): string {
  return `${hourFolder(id.startMs)}/${packStem(id)}`;
}

/** The end of the hour in which `unixMs` lies. */
export function hourEndMs(unixMs: number): number {
  return (Math.floor(unixMs / HOUR_MS) + 1) * HOUR_MS;
}

function clamped(unixMs: number): number {
  return Math.min(Math.max(0, unixMs), LATEST_MS);
}

/** Names a pack of a server among all of its roots and streams. */
export function packKey(root: string, stream: string, id: PackId): string {
  return `${root} ${stream} ${packPath(id)}`;
}

export function isSamePack(one: PackId, other: PackId): boolean {
  return one.epoch === other.epoch && one.firstNumber === other.firstNumber && one.startMs === other.startMs;
}

/** In the order of their starts. */
export function comparePacks(one: PackId, other: PackId): number {
  return one.startMs - other.startMs || one.epoch - other.epoch || one.firstNumber - other.firstNumber;
}
