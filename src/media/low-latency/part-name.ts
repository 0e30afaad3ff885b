import type { SegmentId } from '../segment-name.ts';

/** A segment of the low-latency list, or one of its parts. Each is as unique as a segment's name, and never used again. */
export interface PartId extends SegmentId {
  /** From 0. Absent: the whole segment. */
  readonly part?: number;
  /** As MP4. Absent: as MPEG-TS. */
  readonly isFmp4?: true;
}

const NAME = /(?:^|\/)(low-(\d{1,15})-(\d{1,15})(?:-(\d{1,6}))?\.(ts|m4s))$/;

/** `low-<epoch>-<number>-<part>.ts`, or `.m4s` */
export function partName({ epoch, number, part, isFmp4 }: PartId): string {
  return `low-${epoch}-${number}${part === undefined ? '' : `-${part}`}.${isFmp4 ? 'm4s' : 'ts'}`;
}

/** What the last part of a URI names; `undefined` when it names neither. */
export function parsePartName(text: string): PartId | undefined {
  const [, name, epoch, number, part, ending] = NAME.exec(text) ?? [];
  if (name === undefined) return undefined;
  const id: PartId = {
    ...{ epoch: Number(epoch), number: Number(number) },
    ...(part !== undefined && { part: Number(part) }),
    ...(ending === 'm4s' && { isFmp4: true }),
  };
  return name === partName(id) ? id : undefined;
}
