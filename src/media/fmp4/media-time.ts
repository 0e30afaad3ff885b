import { ticksBetween, WRAP_TICKS } from '../format/media-packets.ts';

/**
 * The time of a transport stream begins again after 26.5 hours, that of an MP4 never does. So it is counted on: a moment of the source's
 * clock, with the same moment as it is counted.
 */
export interface MediaTime {
  /** 33 bits. */
  readonly ticks: number;
  readonly counted: number;
}

/** Counted on from a moment that is less than 13 hours away. */
export function after({ ticks, counted }: MediaTime, then: number): MediaTime {
  return { ticks: then, counted: counted + ticksBetween(ticks, then) };
}

/**
 * Without such a moment: as near to the clock of the wall as the 33 bits allow. So it goes on where another run of this server has counted.
 *
 * @param wallTicks since a moment that is always the same.
 */
export function nearTo(wallTicks: number, ticks: number): MediaTime {
  const laps = Math.max(1, Math.round((wallTicks - ticks) / WRAP_TICKS));
  return { ticks, counted: ticks + laps * WRAP_TICKS };
}
