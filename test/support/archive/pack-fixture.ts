import type { ArchiveDisk } from '../../../src/archive/disk/archive-disk.ts';
import type { Gap, PackHeader } from '../../../src/archive/pack/pack-index.ts';
import type { PackPlace } from '../../../src/archive/pack/pack-reading.ts';
import { OpenPack } from '../../../src/archive/recording/open-pack.ts';
import { segmentBytes } from './transport-packets.ts';

export const SEGMENT_MS = 2000;
export const PLACE: PackPlace = { stream: 'cam01', folder: '/disk/cam01', server: 's01' };
/** 2026-11-22 06:10:00 UTC */
export const START_MS = Date.UTC(2026, 10, 22, 6, 10);

export interface TestSegment {
  readonly number: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly content: Buffer;
}

export function testSegment(number: number, startMs: number): TestSegment {
  const content = segmentBytes({
    fromMs: startMs % 86_400_000,
    frames: 5,
    frameMs: 400,
    seed: number * 97,
    packetsPerFrame: 2,
  });
  return { number, startMs, durationMs: SEGMENT_MS, content };
}

export function testSegments(count: number, firstNumber = 900, startMs = START_MS): readonly TestSegment[] {
  return Array.from({ length: count }, (_, index) => testSegment(firstNumber + index, startMs + index * SEGMENT_MS));
}

export interface WrittenPack {
  readonly id: PackHeader;
  readonly segments: readonly TestSegment[];
}

/** A pack as the recorder writes it. */
export async function writePack(
  disk: ArchiveDisk,
  segments: readonly TestSegment[],
  {
    place = PLACE,
    epoch = 17,
    why = 'the hour is over',
    gaps = [],
  }: { place?: PackPlace; epoch?: number; why?: string | undefined; gaps?: readonly Gap[] } = {},
): Promise<WrittenPack> {
  const [first] = segments;
  if (first === undefined) throw new Error('a pack has a segment');
  const id = {
    stream: place.stream,
    epoch,
    firstNumber: first.number,
    startMs: first.startMs,
    home: 's02',
    server: 's01',
    segmentMs: SEGMENT_MS,
  };
  const pack = await OpenPack.begin({ disk, place, header: id, gaps }, first.content.length);
  for (const segment of segments) await pack.append(segment, segment.content);
  if (why === OPEN) await pack.abandon();
  else await pack.close(why);
  return { id, segments };
}

/** Given as the reason of the end: it is not closed. */
export const OPEN = 'open';
