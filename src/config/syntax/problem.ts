import { nearestWord } from '../../domain/text/nearest-word.ts';
import { withoutControls } from '../../domain/text/plain-text.ts';
import type { Token } from './lexer.ts';
import { type Mask, masksWithin, type SourceText } from './source-text.ts';

/** An error or a warning, with its place in a configuration file. Holds no secret. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** The offending line, with secrets and comments hidden. */
  readonly source: string;
  /** Where in `source` the problem is, from 0. */
  readonly caret: number;
  /** One sentence: what was expected, what was found, the nearest known word; for a warning, what to consider. */
  readonly message: string;
}

/** A problem as the parts of the parser find it: an offset, and what to say. */
export interface SyntaxFinding {
  readonly start: number;
  readonly expected: string;
  readonly found?: Token | string;
  /** Words known here, of which the nearest is suggested. */
  readonly known?: readonly string[];
}

export interface WarningFinding {
  readonly start: number;
  readonly message: string;
}

const MAX_FOUND_LENGTH = 80;

export function problemOf(
  finding: SyntaxFinding,
  file: string,
  source: SourceText,
  masks: readonly Mask[],
): ConfigProblem {
  const { start, expected, found, known } = finding;
  const nearest = known !== undefined && typeof found === 'object' ? nearestWord(found.text, known) : undefined;
  const instead =
    found === undefined ? '' : `, found ${typeof found === 'string' ? found : shown(found, source, masks)}`;
  const message = `expected ${expected}${instead}${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`;
  return placed(message, start, file, source, masks);
}

export function warningOf(
  finding: WarningFinding,
  file: string,
  source: SourceText,
  masks: readonly Mask[],
): ConfigProblem {
  return placed(finding.message, finding.start, file, source, masks);
}

/**
 * ```
 * herd.conf:3:1: expected a word of the file, found "sream"; did you mean "stream"?
 *   sream cam01 {
 *   ^
 * ```
 */
export function formatProblem({ file, line, column, source, caret, message }: ConfigProblem): string {
  // Tabs stay tabs: whatever their width, the caret then stands below its place.
  const padding = [...source.slice(0, caret)].map((character) => (character === '\t' ? '\t' : ' ')).join('');
  return `${problemLine({ file, line, column, message })}\n  ${source}\n  ${padding}^`;
}

/** The first line of it alone. */
export function problemLine({ file, line, column, message }: Omit<ConfigProblem, 'source' | 'caret'>): string {
  return `${file}:${line}:${column}: ${message}`;
}

export function formatWarning(warning: ConfigProblem): string {
  return formatProblem({ ...warning, message: `warning: ${warning.message}` });
}

function placed(
  message: string,
  start: number,
  file: string,
  source: SourceText,
  masks: readonly Mask[],
): ConfigProblem {
  const { text, caret } = source.show(start, masks);
  return { file, ...source.positionOf(start), source: text, caret, message };
}

function shown(token: Token, source: SourceText, masks: readonly Mask[]): string {
  if (token.kind === 'eof') return 'the end of the file';
  const [mask, ...others] = masksWithin(token, masks);
  if (mask !== undefined) {
    const exact = others.length === 0 && mask.start === token.start && mask.end === token.end;
    return `"${exact ? mask.shown : '***'}"`;
  }
  const raw = withoutControls(source.text.slice(token.start, token.end));
  const cut = raw.length <= MAX_FOUND_LENGTH ? raw : `${raw.slice(0, MAX_FOUND_LENGTH)}…`;
  return token.quoted ? cut : `"${cut}"`;
}
