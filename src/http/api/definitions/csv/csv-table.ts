import Papa from 'papaparse';

/** A line of a table, cut into cells. */
export interface CsvLine {
  /** In the text, from 1: the header is 1. Cells with line breaks are refused, so a row is one line. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type CsvTable =
  | { readonly ok: true; readonly header: readonly string[]; readonly lines: readonly CsvLine[] }
  | { readonly ok: false; readonly why: string };

export const MAX_CSV_LINES = 2000;
/** Before a sign that spreadsheets take for the beginning of a formula. */
const ESCAPED_FORMULA = /^'(?=[=+\-@\t\r])/;

/** Reads what spreadsheets and databases write: separated by commas, semicolons or tabs. Empty lines count, and are left out. */
export function parseCsv(text: string): CsvTable {
  const { data, errors } = Papa.parse<readonly string[]>(text.replace(/^\ufeff/, ''), {
    delimitersToGuess: [',', ';', '\t'],
    preview: MAX_CSV_LINES + 2,
  });
  const broken = errors.find(({ type }) => type === 'Quotes');
  if (broken !== undefined)
    return { ok: false, why: `line ${(broken.row ?? 0) + 1}: expected a quote that closes the cell` };
  if (data.length > MAX_CSV_LINES + 1) return { ok: false, why: `expected at most ${MAX_CSV_LINES} lines` };
  const [header = [], ...rows] = data.map((cells) => cells.map((cell) => cell.trim().replace(ESCAPED_FORMULA, '')));
  const lines = rows.map((cells, index): CsvLine => ({ line: index + 2, cells }));
  return { ok: true, header, lines: lines.filter(({ cells }) => cells.some((cell) => cell !== '')) };
}

/** Nothing in it is taken for a formula by a spreadsheet. */
export function printCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${Papa.unparse([[...header], ...rows.map((row) => [...row])], { escapeFormulae: true })}\r\n`;
}
