import { setTimeout as pause } from 'node:timers/promises';
import type { ServerStatus, StreamStatus } from '../../domain/status.ts';
import type { ApiClient } from '../api-client.ts';
import { CommandFailure } from '../command.ts';
import { serverSentEvents } from '../server-sent-events.ts';
import { staleOf } from '../stale-remark.ts';
import { type Change, changed, type HerdState, NOTHING_YET } from './herd-state.ts';

const RECONNECT_MS = 1000;
/** A change may have all streams of a large herd. */
const MAX_CHANGE_LENGTH = 64 * 1024 * 1024;

/**
 * The herd, told anew with each change: the lists are read once, and then followed. A feed that ends is opened again, and the trouble is
 * part of what is told.
 *
 * `onHeard`: the server has said something, if only that it is there.
 *
 * @throws CommandFailure when the first connection fails.
 */
export async function* followHerd(api: ApiClient, signal: AbortSignal, onHeard: () => void): AsyncGenerator<HerdState> {
  let state = NOTHING_YET;
  let wasOpen = false;
  while (!signal.aborted) {
    try {
      for await (const next of oneFeed(api, signal, onHeard)) {
        wasOpen = true;
        state = next;
        yield state;
      }
      state = { ...state, trouble: 'the server ended the feed' };
    } catch (error) {
      if (signal.aborted) return;
      if (!wasOpen || !(error instanceof CommandFailure)) throw error;
      state = { ...state, trouble: error.message };
    }
    yield state;
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends when the feed does. */
async function* oneFeed(api: ApiClient, signal: AbortSignal, onHeard: () => void): AsyncGenerator<HerdState> {
  const pieces = api.stream('changes', signal);
  try {
    // The server speaks at once: from here on it tells each change, and the lists may be read.
    const first = await pieces.next();
    if (first.done === true) return;
    onHeard();
    let state = await readLists(api);
    yield state;
    const heard = (async function* () {
      yield first.value;
      for await (const piece of pieces) {
        onHeard();
        yield piece;
      }
    })();
    for await (const change of serverSentEvents<Change>(heard, MAX_CHANGE_LENGTH)) {
      state = changed(state, change) ?? (await readLists(api));
      yield state;
    }
  } finally {
    await pieces.return(undefined);
  }
}

async function readLists(api: ApiClient): Promise<HerdState> {
  const servers = await api.list<ServerStatus>('servers', 'servers');
  const { answer, items } = await api.list<StreamStatus>('streams', 'streams');
  const streams = new Map(items.map((stream) => [stream.name, stream]));
  return { streams, servers: servers.items, stale: staleOf(answer) ?? null };
}
