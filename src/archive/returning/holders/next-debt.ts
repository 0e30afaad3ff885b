import type { Debt } from '../../debts/debt.ts';
import type { HolderDebts } from './holder-debts.ts';

export interface NextDebt {
  readonly server: string;
  readonly debt: Debt;
}

export interface NextQuestion {
  /** Of servers that can be asked for something. */
  readonly holders: readonly HolderDebts[];
  /** How many packs of the holder are in work. */
  readonly inWork: (server: string) => number;
  /** When it failed last; `undefined`: it has not, or that does not count now. Monotonic. */
  readonly failedMs: (debt: Debt) => number | undefined;
  /** It may be begun now. */
  readonly isReady: (debt: Debt) => boolean;
  /** False: this server would not keep it. Asked last, since it looks at all that is held of the stream. */
  readonly isWanted: (server: string, debt: Debt) => boolean;
}

/**
 * Which debt is to be settled next. Those that a holder asks for again come first: it waits for the answer to get its room back. Otherwise the
 * oldest of the holder with the fewest in work, so that a slow one does not hold up the others. What has failed comes behind all of them, in
 * turn: else two that always fail would be tried for ever, and no other.
 */
export function nextDebt({ holders, inWork, failedMs, isReady, isWanted }: NextQuestion): NextDebt | undefined {
  let best: (NextDebt & { readonly rank: readonly number[] }) | undefined;
  for (const { server, debts } of holders) {
    const fresh = debts.filter((debt) => failedMs(debt) === undefined);
    const failed = debts.filter((debt) => failedMs(debt) !== undefined);
    failed.sort((one, other) => (failedMs(one) ?? 0) - (failedMs(other) ?? 0));
    const isNext = (debt: Debt) => isReady(debt) && (debt.state === 'asking' || isWanted(server, debt));
    const askedAgain = fresh.find((debt) => debt.state === 'asking' && isReady(debt));
    const debt = askedAgain ?? fresh.find(isNext) ?? failed.find(isNext);
    if (debt === undefined) continue;
    const before = failedMs(debt) ?? Number.NEGATIVE_INFINITY;
    const rank = [before, debt.state === 'asking' ? 0 : 1, inWork(server), debt.startMs];
    if (best === undefined || isBefore(rank, best.rank)) best = { server, debt, rank };
  }
  return best && { server: best.server, debt: best.debt };
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}
