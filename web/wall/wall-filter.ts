import type { StreamStatus } from '../../src/domain/status.ts';
import { moodOf } from '../words/mood.ts';

/** Which streams the wall shows, as its address says. */
export interface WallFilter {
  /** In the name, the title, the server or the state. */
  readonly text: string;
  readonly server: string;
  /** A state, or `bad`: every one that should not be. */
  readonly state: string;
  readonly isAway: boolean;
  readonly recording: '' | 'yes' | 'no';
}

export const BAD = 'bad';

export function filterOf(query: Readonly<Record<string, string>>): WallFilter {
  const { text = '', server = '', state = '', away, recording } = query;
  return {
    text,
    server,
    state,
    isAway: away === '1',
    recording: recording === 'yes' || recording === 'no' ? recording : '',
  };
}

export function queryOf({ text, server, state, isAway, recording }: WallFilter): Readonly<Record<string, string>> {
  return { text, server, state, away: isAway ? '1' : '', recording };
}

export function isFiltered(filter: WallFilter): boolean {
  return Object.values(queryOf(filter)).some((value) => value !== '');
}

/** @param isRecorded whether a stream is recorded now; `undefined`: that is not known. */
export function shownBy(
  filter: WallFilter,
  streams: Iterable<StreamStatus>,
  isRecorded: (stream: StreamStatus) => boolean | undefined,
): readonly StreamStatus[] {
  const wanted = filter.text.trim().toLowerCase();
  return [...streams].filter((stream) => {
    const { name, title = '', server = '', state } = stream;
    if (filter.server !== '' && server !== filter.server) return false;
    if (filter.state === BAD ? moodOf(state) !== 'bad' : filter.state !== '' && state !== filter.state) return false;
    if (filter.isAway && !isAway(stream)) return false;
    if (filter.recording !== '' && isRecorded(stream) !== (filter.recording === 'yes')) return false;
    return `${name}\n${title}\n${server}\n${state}`.toLowerCase().includes(wanted);
  });
}

/** It is captured, and not where it belongs. */
export function isAway({ server, home, captureAt }: StreamStatus): boolean {
  const belongs = captureAt ?? home;
  return server !== undefined && belongs !== undefined && belongs !== server;
}

/** What a tile and the page of a stream say of it beside its state. */
export function notesOf(stream: StreamStatus): readonly string[] {
  const { captureAt, unknownHome, home, input = 0, inputs = 0 } = stream;
  return [
    ...(unknownHome ? [`capture_at names ${captureAt}: no such server is known`] : []),
    ...(isAway(stream) && !unknownHome ? [`away from its home ${captureAt ?? home}`] : []),
    ...(input > 0 && input < inputs ? [`on input ${input + 1} of ${inputs}`] : []),
  ];
}
