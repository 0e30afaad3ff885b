import { ARCHIVE } from './archive.ts';
import { AROUND_THE_BUS } from './around-the-bus.ts';
import { MEMBERSHIP } from './membership.ts';
import { STRANGERS } from './strangers.ts';
import { STREAMS } from './streams.ts';

/**
 * Rules of SPEC taken away in the code, one at a time, where the simulation plants no fault: the named test has to fail then,
 * or it attacks nothing. `npm run rules` does it to a copy of what was built, so `from` is a piece of the emitted
 * JavaScript, which is there exactly once, however its lines are broken. A piece that is no longer there is an error of that command: it moves with the code.
 */
export interface TakenAway {
  readonly rule: string;
  /** What is wrong then. */
  readonly title: string;
  /** Below `src/`, without its ending. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Below `test/`, without its ending. */
  readonly test: string;
}

export type Row = readonly [rule: string, title: string, file: string, from: string, to: string, test: string];

export const TAKEN_AWAY: readonly TakenAway[] = [
  ...MEMBERSHIP,
  ...STREAMS,
  ...AROUND_THE_BUS,
  ...STRANGERS,
  ...ARCHIVE,
].map(([rule, title, file, from, to, test]) => ({ rule, title, file, from, to, test }));
