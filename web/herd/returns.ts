import type { ServerReturns } from '../../src/http/api/archive/return-answers.ts';
import { byName } from '../words/amount.ts';

/** What one server has for another, from both sides: what the home says of it, and what the holder says. */
export interface ReturnRow {
  readonly home: string;
  readonly holder: string;
  state: string;
  /** By an operator. */
  pausedSince?: string;
  packs: number;
  bytes: number;
  bytesPerSecond?: number;
  doneInMs?: number;
  /** Packs that the home has, and that are erased at the holder after a while. */
  resting: number;
  work: Omit<ServerReturns['inWork'][number], 'holder'>[];
  stuck: Omit<ServerReturns['stuck'][number], 'holder'>[];
  problems: string[];
}

export function returnsOf(servers: readonly ServerReturns[]): readonly ReturnRow[] {
  const rows = new Map<string, ReturnRow>();
  const row = (home: string, holder: string): ReturnRow => {
    const key = `${home}\n${holder}`;
    const found = rows.get(key) ?? emptyRow(home, holder);
    rows.set(key, found);
    return found;
  };
  for (const { server, owing } of servers) {
    for (const { home, packs, bytes, resting, problem } of owing) {
      if (packs + resting.packs === 0) continue;
      const told = row(home, server);
      Object.assign(told, { packs, bytes, resting: resting.packs });
      if (problem !== undefined) told.problems.push(problem);
    }
  }
  for (const { server, state, pausedSince, holders, inWork, stuck } of servers) {
    for (const { holder, packs, bytes, bytesPerSecond, doneInMs, problem } of holders) {
      if (packs === 0) continue;
      const told = row(server, holder);
      Object.assign(told, { state, packs, bytes, bytesPerSecond, ...(doneInMs !== undefined && { doneInMs }) });
      if (problem !== undefined) told.problems.push(problem);
    }
    for (const { holder, ...work } of inWork) row(server, holder).work.push(work);
    for (const { holder, ...pack } of stuck) row(server, holder).stuck.push(pack);
    if (pausedSince === undefined) continue;
    // Also where nothing waits: only here the pause is seen, and ended.
    if (![...rows.values()].some(({ home }) => home === server)) row(server, '');
    for (const told of rows.values()) if (told.home === server) Object.assign(told, { state, pausedSince });
  }
  return [...rows.values()].sort((a, b) => byName(`${a.home} ${a.holder}`, `${b.home} ${b.holder}`));
}

function emptyRow(home: string, holder: string): ReturnRow {
  return { home, holder, state: 'waiting', packs: 0, bytes: 0, resting: 0, work: [], stuck: [], problems: [] };
}
