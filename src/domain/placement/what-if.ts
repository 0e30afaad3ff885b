import type { WhatIfAnswer } from '../status.ts';
import { type Move, type Plan, plan } from './placement.ts';
import type { PlacementInput } from './placement-input.ts';

export interface WhatIf {
  readonly plan: Plan;
  /** The streams of the server that is taken away, and where each would go. */
  readonly orphans: readonly Move[];
  /** Streams of other servers that would move as well, now or in later rounds. */
  readonly others: readonly Move[];
}

/** "What if s02 dies?": the plan without that server, its streams orphaned, and no move held back. */
export function whatIf(input: PlacementInput, without: string): WhatIf {
  const result = plan({
    ...input,
    servers: input.servers.filter((server) => server.name !== without),
    owners: new Map([...input.owners].filter(([, server]) => server !== without)),
    movesPerServer: Number.POSITIVE_INFINITY,
    onTrial: new Set(),
  });
  const orphans = input.streams
    .filter((stream) => input.owners.get(stream.name) === without)
    .map(({ name }): Move => {
      const placement = result.target.get(name);
      const nowhere = 'there is no server that may take it';
      return { stream: name, from: without, to: placement?.server ?? null, why: placement?.why ?? nowhere };
    });
  return { plan: result, orphans, others: result.moves };
}

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
