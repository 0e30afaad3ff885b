/** One rule that is taken away, as the tables of this folder write it. */
export type Row = readonly [rule: string, title: string, file: string, from: string, to: string, test: string];

/**
 * A rule of SPEC is taken away in the code, where the simulation plants no fault for it. The named test must fail then; if it passes, it
 * does not attack the rule.
 */
export interface TakenAway {
  readonly rule: string;
  /** What is wrong without the rule. */
  readonly title: string;
  /** Below `src/`, without its ending. */
  readonly file: string;
  /**
   * A piece of the emitted JavaScript, because `npm run rules` changes a copy of what was built. The piece is there exactly once; its
   * lines may be broken differently. If the piece is gone, the command says so: a change of the code changes the piece too.
   */
  readonly from: string;
  readonly to: string;
  /** Below `test/`, without its ending. */
  readonly test: string;
}
