import { withoutControls } from '../../domain/text/plain-text.ts';

export type Tone = 'plain' | 'head' | 'good' | 'bad' | 'doubtful' | 'quiet';

export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

export interface Column<Row> {
  readonly head: string;
  readonly text: (row: Row) => string;
  /** Where there is no room, the columns with the highest rank go first; those of rank 0 stay. */
  readonly rank: number;
  readonly isNumber?: boolean;
  /** Takes the room that is left. */
  readonly isLast?: boolean;
  /** Of the whole line. */
  readonly tone?: (row: Row) => Tone;
}

/** A last column that shows less is none. */
const LEAST_LAST = 12;
const BETWEEN = 2;

/** A line with the heads and one for each row, within `width`. */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): readonly Line[] {
  const cells = rows.map((row) => new Map(columns.map((column) => [column, withoutControls(column.text(row))])));
  const widths = new Map(
    columns.map((column) => [
      column,
      Math.max(...[column.head, ...cells.map((row) => row.get(column) ?? '')].map(widthOf)),
    ]),
  );
  const shown = fitting(columns, widths, width);
  const lineOf = (textOf: (column: Column<Row>) => string) =>
    shown
      .map((column) => {
        const text = textOf(column);
        const gap = ' '.repeat(Math.max(0, (widths.get(column) ?? 0) - widthOf(text)));
        if (column.isLast === true) return text;
        return column.isNumber === true ? gap + text : text + gap;
      })
      .join(' '.repeat(BETWEEN))
      .trimEnd();
  const toneOf = columns.find(({ tone }) => tone !== undefined)?.tone;
  return [
    { text: lineOf(({ head }) => head), tone: 'head' },
    ...rows.map(
      (row, at): Line => ({ text: lineOf((column) => cells[at]?.get(column) ?? ''), tone: toneOf?.(row) ?? 'plain' }),
    ),
  ];
}

function fitting<Row>(
  columns: readonly Column<Row>[],
  widths: ReadonlyMap<Column<Row>, number>,
  width: number,
): readonly Column<Row>[] {
  const needed = (column: Column<Row>) => {
    const whole = widths.get(column) ?? 0;
    return BETWEEN + (column.isLast === true ? Math.min(LEAST_LAST, whole) : whole);
  };
  let shown = columns;
  while (shown.reduce((sum, column) => sum + needed(column), -BETWEEN) > width) {
    const [first] = shown.toSorted((one, other) => other.rank - one.rank);
    if (first === undefined || first.rank === 0) break;
    shown = shown.filter((column) => column !== first);
  }
  return shown;
}

/** `text` within `width`, with a sign that there is more. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    taken += character;
  }
  return width > 0 ? `${taken}…` : '';
}

/** In columns of a terminal, near enough: letters of East Asia and pictures take two, marks that join a letter none. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isWide =
      code >= 0x1100 &&
      /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uFF00-\uFF60]/u.test(
        character,
      );
    width += isWide ? 2 : /\p{Mn}|\p{Cf}/u.test(character) ? 0 : 1;
  }
  return width;
}
