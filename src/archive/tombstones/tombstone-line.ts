import { z } from 'zod';
import { count, unixTime } from '../../domain/records/number-schemas.ts';
import { parseCheckedLine } from '../pack/checked-line.ts';
import { dayFolder, type PackId, packPath, parsePackStem } from '../pack/pack-name.ts';

/**
 * A pack that was erased here, since its home has it: a line in `<stream's folder>/2026/11/22/returned`, which is written and synced before
 * anything of the pack is removed. So a pack that is half removed is removed to the end after the next start, and old addresses of its
 * segments lead to the home.
 */
export interface Tombstone extends PackId {
  readonly lastNumber: number;
  readonly endMs: number;
  readonly bytes: number;
  /** The server that has it. */
  readonly home: string;
  /** Of the media. */
  readonly sha256: string;
  /** How long its definition wanted it kept; absent: without a bound by age. */
  readonly keepMs?: number | undefined;
}

export const MAX_RETURNED_BYTES = 4 * 1024 * 1024;
const VERSION = 1;
/** `06/` */
const HOUR_CHARACTERS = 3;

const lineSchema = z.object({
  v: z.literal(VERSION),
  pack: z.string(),
  lastNumber: count,
  endMs: unixTime,
  bytes: count,
  home: z.string(),
  sha256: z.string(),
  keepMs: z.number().positive().optional(),
});

/** What its checked line says. */
export function toldOfTombstone(tombstone: Tombstone): object {
  const { startMs, lastNumber, endMs, bytes, home, sha256, keepMs } = tombstone;
  const pack = packPath(tombstone).slice(dayFolder(startMs).length + 1);
  return { v: VERSION, pack, lastNumber, endMs, bytes, home, sha256, keepMs };
}

/** @param day its folder, `2026/11/22`. */
export function parseTombstones(
  day: string,
  text: string,
): { readonly tombstones: readonly Tombstone[]; readonly problems: readonly string[] } {
  const tombstones = new Map<string, Tombstone>();
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value).data : undefined;
    const id = read && parsePackStem(read.pack.slice(HOUR_CHARACTERS));
    if (!checked.ok) problems.push(`line ${index + 1} ${checked.problem}`);
    else if (read === undefined || id === undefined || packPath(id) !== `${day}/${read.pack}`) {
      problems.push(`line ${index + 1} names no pack of ${day}`);
    } else {
      const { lastNumber, endMs, bytes, home, sha256, keepMs } = read;
      tombstones.set(read.pack, { ...id, lastNumber, endMs, bytes, home, sha256, keepMs });
    }
  }
  return { tombstones: [...tombstones.values()], problems };
}
