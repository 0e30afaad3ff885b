import { type Move, type Plan, plan } from './placement.ts';
import type { PlacementInput } from './placing.ts';

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
