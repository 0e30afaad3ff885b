/**
 * Which capture a connection carries is told by the tables of its transport stream: by the number of the stream and the number of the
 * program, of 16 bits each, of which 0 and the highest are not used.
 */
const BITS = 15;

export interface TapNumbers {
  readonly transportStream: number;
  readonly program: number;
}

/** Ids are from 0 to below this, and then begin again. */
export const TAP_IDS = 2 ** (2 * BITS);

export function tapNumbers(id: number): TapNumbers {
  return { transportStream: 1 + (id >> BITS), program: 1 + (id & (2 ** BITS - 1)) };
}

export function idOfTap({ transportStream, program }: TapNumbers): number {
  return ((transportStream - 1) << BITS) | (program - 1);
}
