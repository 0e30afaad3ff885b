import type { ServerStatus, Stale, StreamStatus } from '../../domain/status.ts';

/** What `top` knows of the herd. */
export interface HerdState {
  readonly streams: ReadonlyMap<string, StreamStatus>;
  readonly servers: readonly ServerStatus[];
  readonly stale: Stale | null;
  /** Why nothing is heard; absent: the feed is open. */
  readonly trouble?: string;
}

/** As `/api/v1/changes` sends it. */
export type Change =
  | { readonly reset: true }
  | {
      readonly streams: readonly StreamStatus[];
      readonly removed: readonly string[];
      readonly servers?: readonly ServerStatus[];
      readonly stale: Stale | null;
    };

export const NOTHING_YET: HerdState = { streams: new Map(), servers: [], stale: null };

/** `undefined`: too much has changed, and the lists have to be read again. */
export function changed(state: HerdState, change: Change): HerdState | undefined {
  if ('reset' in change) return undefined;
  const streams = new Map(state.streams);
  for (const stream of change.streams) streams.set(stream.name, stream);
  for (const name of change.removed) streams.delete(name);
  return { ...state, streams, servers: change.servers ?? state.servers, stale: change.stale };
}
