import { parseStream } from '../../../../config/parse-stream.ts';
import { block, options, line as statement } from '../../../../config/print.ts';
import type { StreamDefinition } from '../../../../domain/definition/stream-definition.ts';
import { definitionValue, readDefinition } from '../../../../domain/definition/stream-definition-schema.ts';
import { MAX_STREAM_NAME_LENGTH, type StreamName } from '../../../../domain/definition/stream-name.ts';
import { nearestWord } from '../../../../domain/text/nearest-word.ts';
import type { CsvLine } from './csv-table.ts';

/*
 * A line of CSV becomes the text of a stream block, which is read as that of a configuration file. So a cell holds what stands behind its
 * word in the file, and is refused with the same sentence.
 */

export const CSV_WORDS = [
  ...['stream', 'input', 'title', 'dvr', 'transcoder', 'backup_transcoder', 'capture_at', 'push', 'weight', 'disabled'],
] as const satisfies readonly string[];

const SAME_WORDS: Readonly<Record<string, string>> = { name: 'stream', url: 'input', inputs: 'input' };
/** A definition of a stream that is recorded for as long as there is room. */
const UNBOUNDED = 'yes';
const YES: readonly string[] = ['yes', 'true', '1'];
const NO: readonly string[] = ['', 'no', 'false', '0'];

export interface CellProblem {
  /** The word of the column; empty: the line as a whole. */
  readonly column: string;
  /** One sentence. */
  readonly why: string;
}

export type CsvStream =
  | { readonly ok: true; readonly name: StreamName; readonly definition: StreamDefinition }
  | { readonly ok: false; readonly stream: string; readonly problems: readonly CellProblem[] };

/** The words of the columns, or why the header is none. */
export function columnsOf(header: readonly string[]): readonly string[] | string {
  const columns = header.map((cell) => SAME_WORDS[cell.toLowerCase()] ?? cell.toLowerCase());
  const known = Object.keys(SAME_WORDS).concat(CSV_WORDS);
  const unknown = columns.find((word) => !CSV_WORDS.some((each) => each === word));
  if (unknown !== undefined) {
    const nearest = nearestWord(unknown, known);
    const guess = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    return `line 1: expected columns of ${CSV_WORDS.join(', ')}, found "${unknown.slice(0, 80)}"${guess}`;
  }
  const twice = columns.find((word, index) => word !== 'input' && columns.indexOf(word) !== index);
  if (twice !== undefined) return `line 1: expected a column "${twice}" once`;
  return columns.includes('stream') ? columns : 'line 1: expected a column "stream" with the names';
}

/** @param earlier the definition in force of a name, without secrets: a column that is not there leaves its word as it is. */
export function streamOfLine(
  { cells }: CsvLine,
  columns: readonly string[],
  earlier: (name: string) => StreamDefinition | undefined,
): CsvStream {
  const stream = cells[columns.indexOf('stream')] ?? '';
  const shown = stream.slice(0, MAX_STREAM_NAME_LENGTH);
  const refused = (problems: readonly CellProblem[]): CsvStream => ({ ok: false, stream: shown, problems });
  if (cells.length > columns.length)
    return refused([{ column: '', why: `expected ${columns.length} cells, found ${cells.length}` }]);
  const before = earlier(stream);
  const statements = statementsOf(cells, columns, before);
  const wrong = statements.flatMap(({ column, why }) => (why === undefined ? [] : [{ column, why }]));
  if (wrong.length > 0) return refused(wrong);
  const head = statement('stream', stream).slice(0, -1);
  const parsed = parseStream(
    block(
      head,
      statements.map(({ text = '' }) => text),
    ),
    'csv',
  );
  if (!parsed.ok) {
    // The head stands in line 1, and each statement in a line of its own.
    return refused(
      parsed.problems.map(({ line, message: why }) => {
        return { column: line === 1 ? 'stream' : (statements[line - 2]?.column ?? ''), why };
      }),
    );
  }
  const { name, definition } = parsed.stream;
  if (before === undefined) return { ok: true, name, definition };
  const kept = Object.entries(definitionValue(before)).filter(([word]) => !columns.includes(word) && word !== 'inputs');
  const merged = readDefinition({ ...definitionValue(definition), ...Object.fromEntries(kept), applied_from: [] });
  return merged.ok
    ? { ok: true, name, definition: merged.definition }
    : refused([{ column: '', why: 'expected a definition' }]);
}

interface Written {
  readonly column: string;
  readonly text?: string;
  /** What is wrong with the cell. */
  readonly why?: string;
}

function statementsOf(
  cells: readonly string[],
  columns: readonly string[],
  before: StreamDefinition | undefined,
): readonly Written[] {
  const written = columns.flatMap((column, index): readonly Written[] => {
    const cell = cells[index] ?? '';
    if (/\p{Cc}/u.test(cell)) return [{ column, why: 'expected a value without control characters or line breaks' }];
    return column === 'stream' ? [] : statementOf(column, cell);
  });
  if (columns.includes('input')) return written;
  const inputs = before?.inputs ?? [];
  return [...inputs.map((url) => ({ column: 'input', text: statement('input', url) })), ...written];
}

function statementOf(column: string, cell: string): readonly Written[] {
  if (column === 'disabled') {
    const word = cell.toLowerCase();
    if (YES.includes(word)) return [{ column, text: statement('disabled') }];
    return NO.includes(word) ? [] : [{ column, why: `expected yes or no, found "${cell.slice(0, 80)}"` }];
  }
  if (cell === '') return [];
  if (column === 'capture_at') return [{ column, text: statement('cluster_ingest', `capture_at=${cell}`) }];
  if (column === 'dvr' && cell === UNBOUNDED) return [{ column, text: statement('dvr') }];
  if (column === 'push') return cell.split(/\s+/).map((url) => ({ column, text: statement('push', url) }));
  const isList = column === 'dvr' || column.endsWith('transcoder');
  return [{ column, text: statement(column, ...(isList ? cell.split(/\s+/) : [cell])) }];
}

/** The cells of a stream, with so many columns for inputs. Several pushes stand in one cell, with blanks between them. */
export function cellsOf(name: string, definition: StreamDefinition, inputColumns: number): readonly string[] {
  const {
    title,
    dvr,
    transcoder,
    backup_transcoder: backup,
    capture_at: captureAt,
    push = [],
    weight,
  } = definitionValue(definition);
  return [
    name,
    ...Array.from({ length: inputColumns }, (_, index) => definition.inputs[index] ?? ''),
    title ?? '',
    dvr === undefined ? '' : Object.values(dvr).join(' ') || UNBOUNDED,
    transcoder === undefined ? '' : options(transcoder).join(' '),
    backup === undefined ? '' : options(backup).join(' '),
    captureAt ?? '',
    push.join(' '),
    weight === undefined ? '' : String(weight),
    definition.disabled ? 'yes' : '',
  ];
}

export function headerOf(inputColumns: number): readonly string[] {
  return CSV_WORDS.flatMap((word) => (word === 'input' ? Array.from({ length: inputColumns }, () => word) : [word]));
}
