import { z } from 'zod';
import { count } from '../../domain/records/number-schemas.ts';
import { type ArchiveDisk, readText } from '../disk/archive-disk.ts';
import { VERIFIED_FILE } from '../disk/root-identity.ts';
import { checkedLine, parseCheckedLine } from '../pack/checked-line.ts';
import type { RottenPack } from './rotten-packs.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const VERSION = 1;

/** The place of a pack in the order in which packs are verified. */
export interface ScrubPlace {
  readonly startMs: number;
  readonly stream: string;
  readonly epoch: number;
  readonly firstNumber: number;
}

/** One reading of all that a root has. */
export interface ScrubRound {
  /** Unix milliseconds. */
  readonly startedMs: number;
  /** Absent: it is not over. */
  readonly endedMs?: number | undefined;
  /** The last pack that was read; absent: none yet. */
  readonly at?: ScrubPlace | undefined;
  readonly packs: number;
  readonly bytes: number;
}

export interface ScrubMemory {
  /** `undefined`: there is none, or it was damaged. */
  readonly round: ScrubRound | undefined;
  readonly rotten: readonly Omit<RottenPack, 'root'>[];
}

const place = { startMs: count, stream: z.string(), epoch: count, firstNumber: count };
const roundSchema = z.object({
  startedMs: z.number(),
  endedMs: z.number().optional(),
  at: z.object(place).optional(),
  packs: count,
  bytes: count,
});
const partSchema = z.object({ firstNumber: count, lastNumber: count, fromMs: z.number(), untilMs: z.number() });
const rottenSchema = z.object({ ...place, foundMs: z.number(), parts: z.array(partSchema) });
const version = z.literal(VERSION);
const lineSchema = z.union([
  z.object({ v: version, round: roundSchema }),
  z.object({ v: version, rotten: rottenSchema }),
]);

export async function readScrubMemory(disk: ArchiveDisk, root: string): Promise<ScrubMemory> {
  const text = await readText(disk, `${root}/${VERIFIED_FILE}`, MAX_BYTES);
  let round: ScrubRound | undefined;
  const rotten: Omit<RottenPack, 'root'>[] = [];
  for (const line of (text ?? '').split('\n')) {
    const checked = parseCheckedLine(line);
    const read = checked.ok ? lineSchema.safeParse(checked.value).data : undefined;
    if (read === undefined) continue;
    if ('round' in read) round = read.round;
    else {
      const { stream, foundMs, parts, epoch, firstNumber, startMs } = read.rotten;
      rotten.push({ stream, foundMs, parts, id: { epoch, firstNumber, startMs } });
    }
  }
  return { round, rotten };
}

export async function writeScrubMemory(disk: ArchiveDisk, root: string, { round, rotten }: ScrubMemory): Promise<void> {
  const lines = [
    ...(round === undefined ? [] : [{ v: VERSION, round }]),
    ...rotten.map(({ stream, id: { epoch, firstNumber, startMs }, foundMs, parts }) => {
      return { v: VERSION, rotten: { startMs, stream, epoch, firstNumber, foundMs, parts } };
    }),
  ];
  await disk.replace(`${root}/${VERIFIED_FILE}`, lines.map((line) => `${checkedLine(line)}\n`).join(''));
}
