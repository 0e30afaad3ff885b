/** What every bench returns: printed as a table for people, as JSON for programs. */
export interface Bench {
  readonly name: string;
  readonly rows: readonly Row[];
}

export type Row = Readonly<Record<string, string | number>>;
