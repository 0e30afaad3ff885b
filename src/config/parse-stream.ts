import type { ConfiguredStream } from './config.ts';
import { readStream } from './reading/read-stream.ts';
import { Reading } from './reading/reading.ts';
import { lex } from './syntax/lexer.ts';
import { masksOf } from './syntax/masks.ts';
import { type ConfigProblem, problemOf, type SyntaxFinding } from './syntax/problem.ts';
import { SourceText } from './syntax/source-text.ts';
import { parseStatements } from './syntax/statement.ts';
import { STREAM_VOCABULARY } from './syntax/vocabulary.ts';

export type ParsedStream =
  | { readonly ok: true; readonly stream: Pick<ConfiguredStream, 'name' | 'definition'> }
  /** In the order of the text. */
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export const MAX_STREAM_TEXT = 64 * 1024;
const MAX_PROBLEMS = 50;

/** Reads the text of one `stream` block, as a configuration file has it. `textName`: what problems call the text. */
export function parseStream(text: string, textName: string): ParsedStream {
  if (text.length > MAX_STREAM_TEXT) {
    const message = `expected at most ${MAX_STREAM_TEXT} characters, found ${text.length}`;
    return { ok: false, problems: [{ file: textName, line: 1, column: 1, source: '', caret: 0, message }] };
  }
  const source = new SourceText(text);
  const { tokens, problems, comments } = lex(text);
  const syntax = parseStatements(text, tokens);
  const reading = new Reading((offset) => source.positionOf(offset).line);
  const statement = reading.byWord(syntax.statements, { stream: STREAM_VOCABULARY }, 'this text').get('stream')?.[0];
  const read = statement && readStream(statement, reading);
  if (statement === undefined) reading.reportMissing(0, 'one block like "stream cam01 { input rtsp://…; }"');
  const findings: SyntaxFinding[] = [...problems, ...syntax.problems, ...reading.findings].sort(
    (a, b) => a.start - b.start,
  );
  if (read !== undefined && findings.length === 0) return { ok: true, stream: read };
  const masks = masksOf(text, syntax.all, comments);
  const shown = findings.slice(0, MAX_PROBLEMS);
  return { ok: false, problems: shown.map((finding) => problemOf(finding, textName, source, masks)) };
}
