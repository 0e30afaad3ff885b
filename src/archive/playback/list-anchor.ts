import { type PackId, packStem, parsePackStem } from '../pack/pack-name.ts';

/**
 * The first segment that a moving list has ever listed. The address of the list contains it, so each server counts segments and
 * discontinuities from the same segment, and needs no answer of another server.
 */
export interface ListAnchor {
  readonly epoch: number;
  readonly number: number;
  readonly startMs: number;
}

/** As the name of a pack that begins with the segment. */
export function anchorText({ epoch, number, startMs }: ListAnchor): string {
  return packStem({ epoch, firstNumber: number, startMs });
}

export function parseAnchor(text: string): ListAnchor | undefined {
  const id: PackId | undefined = parsePackStem(text);
  return id === undefined ? undefined : { epoch: id.epoch, number: id.firstNumber, startMs: id.startMs };
}
