import type { RecordingStatus } from '../../src/archive/playback/recording-status.ts';
import type { TimeWindow } from './time-window.ts';

export type PartKind = 'recorded' | 'gap' | 'away' | 'kept';

/** A stretch of a timeline. */
export interface Part {
  readonly kind: PartKind;
  readonly fromS: number;
  readonly untilS: number;
  readonly says: string;
  /** Of what is recorded: the server that has it. */
  readonly server?: string;
  /** Of what is kept: by which it is released. */
  readonly id?: string;
}

export const NOTHING_RECORDED: RecordingStatus = { stream: '', ranges: [], locks: [] };

/** What is to be drawn within the window, in the order in which it is drawn: what is kept stands over what is recorded. */
export function partsOf(status: RecordingStatus, { fromS, untilS }: TimeWindow): readonly Part[] {
  const parts: Part[] = [
    ...status.ranges.map(({ from, duration, server, home }): Part => {
      const away = home !== undefined && home !== server ? `, for its home ${home}` : '';
      return {
        ...times(from, duration),
        kind: 'recorded',
        says: `recorded by ${server}${away}`,
        ...(server !== undefined && { server }),
      };
    }),
    ...(status.gaps ?? []).map(({ from, duration, why }): Part => {
      return { ...times(from, duration), kind: 'gap', says: `not recorded: ${why}` };
    }),
    ...(status.unavailable ?? []).map(({ from, duration, server }): Part => {
      return { ...times(from, duration), kind: 'away', says: `recorded on ${server}, which does not answer` };
    }),
    ...status.locks.map(({ from, duration, id, note }): Part => {
      return {
        ...times(from, duration),
        kind: 'kept',
        says: `protected${note ? `: ${note}` : ''}`,
        ...(id !== undefined && { id }),
      };
    }),
  ];
  return parts.filter((part) => part.untilS > fromS && part.fromS < untilS);
}

/** The servers that have recorded something, in one order, so that each keeps its colour. */
export function recordersOf(status: RecordingStatus): readonly string[] {
  return [...new Set(status.ranges.flatMap(({ server }) => server ?? []))].sort();
}

/** What there is at a time: the last part that is drawn there. */
export function partAt(parts: readonly Part[], atS: number): Part | undefined {
  return parts.findLast(({ fromS, untilS }) => atS >= fromS && atS < untilS);
}

function times(from: number, duration: number): { readonly fromS: number; readonly untilS: number } {
  return { fromS: from, untilS: from + duration };
}
