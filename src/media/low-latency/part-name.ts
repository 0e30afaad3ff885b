import { type Fmp4View, mediaEnding } from '../fmp4/fmp4-name.ts';
import type { SegmentId } from '../segment-name.ts';

/** A segment of the low-latency list, or one of its parts. Each is as unique as a segment's name, and never used again. */
export interface PartId extends SegmentId {
  /** From 0. Absent: the whole segment. */
  readonly part?: number;
  /** As MP4. Absent: as MPEG-TS. */
  readonly view?: Fmp4View;
}

const NAME = /(?:^|\/)(low-(\d{1,15})-(\d{1,15})(?:-(\d{1,6}))?(\.ts|\.m4s|-audio\.m4s))$/;
const VIEWS = new Map((['all', 'audio'] as const).map((view) => [mediaEnding(view), view]));

/** `low-<epoch>-<number>-<part>.ts`, or `.m4s`, or `-audio.m4s` */
export function partName({ epoch, number, part, view }: PartId): string {
  return `low-${epoch}-${number}${part === undefined ? '' : `-${part}`}${mediaEnding(view)}`;
}

/** What the last part of a URI names; `undefined` when it names neither. */
export function parsePartName(text: string): PartId | undefined {
  const [, name, epoch, number, part, ending = ''] = NAME.exec(text) ?? [];
  if (name === undefined) return undefined;
  const view = VIEWS.get(ending);
  const id: PartId = {
    ...{ epoch: Number(epoch), number: Number(number) },
    ...(part !== undefined && { part: Number(part) }),
    ...(view !== undefined && { view }),
  };
  return name === partName(id) ? id : undefined;
}
