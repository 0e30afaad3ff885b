import type { WhatIfAnswer } from '../status.ts';
import type { PlacementInput } from './placing.ts';
import { whatIf } from './what-if.ts';

/** What would become of every stream and server without `without`, as people ask it. */
export function whatIfAnswer(input: PlacementInput, without: string): WhatIfAnswer {
  const { plan, orphans, others } = whatIf(input, without);
  const before = countsOf(input.owners.values());
  const after = countsOf([...plan.target.values()].map(({ server }) => server));
  const names = input.servers.map(({ name }) => name).filter((name) => name !== without);
  return {
    without,
    // Sorted by stream, as people look for one; what would be nowhere is a list of its own.
    moves: [...orphans, ...others]
      .flatMap(({ to, ...move }) => (to === null ? [] : [{ ...move, to }]))
      .sort((a, b) => (a.stream < b.stream ? -1 : 1)),
    nowhere: plan.nowhere.map(({ stream, why }) => ({ stream, why })),
    servers: [...names, without].sort().map((name) => ({
      name,
      before: before.get(name) ?? 0,
      after: name === without ? 0 : (after.get(name) ?? 0),
    })),
  };
}

function countsOf(servers: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const server of servers) counts.set(server, (counts.get(server) ?? 0) + 1);
  return counts;
}
