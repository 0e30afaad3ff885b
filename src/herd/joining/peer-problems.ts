import { z } from 'zod';
import { type Finding, MAX_FINDINGS, MAX_WHY_CHARACTERS } from '../../domain/peers/peer-findings.ts';
import { MAX_SERVER_NAME_LENGTH } from '../../domain/records/server-name.ts';
import type { ServerProblem } from '../../domain/status.ts';

/** What a server finds wrong with others, in the message that tells the herd of its captures. Kinds of other versions count. */
export const problemsSchema = z
  .array(
    z.object({
      about: z.string().max(MAX_SERVER_NAME_LENGTH),
      kind: z.string().max(40),
      why: z.string().max(MAX_WHY_CHARACTERS),
      since: z.string().max(40),
    }),
  )
  .max(MAX_FINDINGS);

export type ToldProblem = Omit<Finding, 'kind'> & { readonly kind: string };

/** The findings of all servers, by the server that they are about: the same finding of several servers is one problem. */
export function problemsByServer(
  told: Iterable<readonly [by: string, problems: readonly ToldProblem[]]>,
): ReadonlyMap<string, readonly ServerProblem[]> {
  const found = new Map<string, ServerProblem[]>();
  for (const [by, problems] of [...told].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const { about, kind, why, since } of problems) {
      const known = found.get(about) ?? [];
      found.set(about, known);
      const at = known.findIndex((problem) => problem.kind === kind);
      const same = known[at];
      if (same === undefined) known.push({ kind, why, since, by: [by] });
      else known[at] = { ...same, since: since < same.since ? since : same.since, by: [...same.by, by] };
    }
  }
  return found;
}
