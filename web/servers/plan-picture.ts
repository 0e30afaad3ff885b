import type { WhatIfAnswer } from '../../src/domain/status.ts';

/** What is planned for: the plan is the same. */
export type PlannedFor = 'died' | 'drained';

export interface PlanBar {
  readonly server: string;
  readonly before: number;
  readonly after: number;
  /** Of the longest bar, from 0 to 1. */
  readonly beforeShare: number;
  readonly afterShare: number;
}

/** How many streams each server has and would have, as bars of one scale. */
export function barsOf({ servers }: Pick<WhatIfAnswer, 'servers'>): readonly PlanBar[] {
  const most = Math.max(1, ...servers.flatMap(({ before, after }) => [before, after]));
  return servers.map(({ name, before, after }) => {
    return { server: name, before, after, beforeShare: before / most, afterShare: after / most };
  });
}

/** The plan as one sentence, also for a screen reader. */
export function planText({ without, moves, nowhere }: WhatIfAnswer, what: PlannedFor = 'died'): string {
  const begin = what === 'died' ? `If ${without} died` : `If ${without} is drained`;
  const planned = [
    ...moves.map(({ stream, to }) => `${stream} → ${to}`),
    ...nowhere.map(({ stream }) => `${stream} → nowhere`),
  ];
  return planned.length === 0 ? `${begin}, no stream would move.` : `${begin}: ${planned.join(', ')}.`;
}
