import type { ServerStatus, Stale, StreamStatus } from '../../src/domain/status.ts';
import type { HerdChange } from '../../src/http/api/herd-api.ts';
import { byName } from '../words/amount.ts';
import { moodOf } from '../words/mood.ts';

/** What the page knows of the herd: read once, then kept up by the change feed. */
export interface HerdView {
  /** In the order in which they are shown. */
  readonly streams: ReadonlyMap<string, StreamStatus>;
  readonly servers: readonly ServerStatus[];
  readonly stale: Stale | null;
}

export const NOTHING_KNOWN: HerdView = { streams: new Map(), servers: [], stale: null };

export function viewOf(
  streams: readonly StreamStatus[],
  servers: readonly ServerStatus[],
  stale: Stale | null,
): HerdView {
  return { streams: inOrder(streams), servers: sortedServers(servers), stale };
}

/** What a change makes of a view. What has not changed stays the same object, so that nothing of it is drawn again. */
export function changed(view: HerdView, change: Exclude<HerdChange, { reset: true }>): HerdView {
  const { removed, streams, servers, stale } = change;
  const hasNew = streams.some(({ name }) => !view.streams.has(name));
  const next = new Map(view.streams);
  for (const name of removed) next.delete(name);
  for (const stream of streams) next.set(stream.name, stream);
  return {
    streams: removed.length + streams.length === 0 ? view.streams : hasNew ? inOrder([...next.values()]) : next,
    servers: servers === undefined ? view.servers : sortedServers(servers),
    stale,
  };
}

export interface Counts {
  readonly streams: number;
  readonly live: number;
  /** Streams that should be live, and are not. */
  readonly bad: number;
  readonly servers: number;
  readonly up: number;
  readonly down: number;
}

export function countsOf({ streams, servers }: HerdView): Counts {
  const enabled = [...streams.values()].filter(({ state }) => state !== 'stopped');
  return {
    streams: enabled.length,
    live: enabled.filter(({ state }) => state === 'live').length,
    bad: enabled.filter(({ state }) => moodOf(state) === 'bad').length,
    servers: servers.length,
    up: servers.filter(({ state }) => state === 'up').length,
    down: servers.filter(({ state }) => state === 'down').length,
  };
}

/** A sentence for each stream that has become bad or live again, for a screen reader; beyond a few, how many. */
export function toldChanges(before: HerdView, after: HerdView, most = 3): readonly string[] {
  const told: string[] = [];
  for (const [name, { state }] of after.streams) {
    const old = before.streams.get(name)?.state;
    if (old === undefined || old === state) continue;
    if (moodOf(state) === 'bad') told.push(`${name} is ${state}`);
    else if (state === 'live') told.push(`${name} is live again`);
  }
  return told.length <= most ? told : [...told.slice(0, most), `and ${told.length - most} more streams have changed`];
}

function inOrder(streams: readonly StreamStatus[]): ReadonlyMap<string, StreamStatus> {
  return new Map(streams.toSorted((a, b) => byName(a.name, b.name)).map((stream) => [stream.name, stream]));
}

function sortedServers(servers: readonly ServerStatus[]): readonly ServerStatus[] {
  return servers.toSorted((a, b) => byName(a.name, b.name));
}
