import type { SegmentId } from '../segment-name.ts';

/** A segment of the low-latency list, or one of its parts. Each is as unique as a segment's name, and never used again. */
export interface PartId extends SegmentId {
  /** From 0. Absent: the whole segment. */
  readonly part?: number;
}

/** `low-<epoch>-<number>-<part>.ts` */
export function partName({ epoch, number, part }: PartId): string {
  return `low-${epoch}-${number}${part === undefined ? '' : `-${part}`}.ts`;
}

/** What the last part of a URI names; `undefined` when it names neither. */
export function parsePartName(text: string): PartId | undefined {
  const [, name, epoch, number, part] = /(?:^|\/)(low-(\d{1,15})-(\d{1,15})(?:-(\d{1,6}))?\.ts)$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const id = { epoch: Number(epoch), number: Number(number), ...(part !== undefined && { part: Number(part) }) };
  return name === partName(id) ? id : undefined;
}
