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
  /** It may be begun now. */
  readonly isReady: (debt: Debt) => boolean;
  /** False: this server would not keep it. Asked last, since it looks at all that is held of the stream. */
  readonly isWanted: (server: string, debt: Debt) => boolean;
}

/**
 * Which debt is to be settled next. Those that a holder asks for again come first: it waits for the answer to get its room back. Otherwise the
 * oldest of the holder with the fewest in work, so that a slow one does not hold up the others.
 */
export function nextDebt({ holders, inWork, isReady, isWanted }: NextQuestion): NextDebt | undefined {
  let best: (NextDebt & { readonly rank: readonly number[] }) | undefined;
  for (const { server, debts } of holders) {
    const askedAgain = debts.find((debt) => debt.state === 'asking' && isReady(debt));
    const debt = askedAgain ?? debts.find((each) => each.state === 'owed' && isReady(each) && isWanted(server, each));
    if (debt === undefined) continue;
    const rank = [debt.state === 'asking' ? 0 : 1, inWork(server), debt.startMs];
    if (best === undefined || isBefore(rank, best.rank)) best = { server, debt, rank };
  }
  return best && { server: best.server, debt: best.debt };
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0);
}
