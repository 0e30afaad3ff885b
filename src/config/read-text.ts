import { Reading } from './reading/reading.ts';
import { lex } from './syntax/lexer.ts';
import { masksOf } from './syntax/masks.ts';
import { type ConfigProblem, problemOf, type SyntaxFinding, type WarningFinding, warningOf } from './syntax/problem.ts';
import { type Mask, type Position, SourceText } from './syntax/source-text.ts';
import { parseStatements, type Statement } from './syntax/statement.ts';

/** A text of the configuration's language, cut into statements, with what is found in it while they are read. */
export class ReadText {
  readonly statements: readonly Statement[];
  readonly reading: Reading;
  readonly #name: string;
  readonly #source: SourceText;
  readonly #found: readonly SyntaxFinding[];
  readonly #masksOf: () => readonly Mask[];
  #masks: readonly Mask[] | undefined;

  /** `name`: what problems call the text. */
  constructor(text: string, name: string) {
    this.#name = name;
    this.#source = new SourceText(text);
    const { tokens, problems, comments } = lex(text);
    const syntax = parseStatements(text, tokens);
    this.statements = syntax.statements;
    this.reading = new Reading((offset) => this.positionOf(offset).line);
    this.#found = [...problems, ...syntax.problems];
    this.#masksOf = () => masksOf(text, syntax.all, comments);
  }

  /** In the order of the text. */
  get findings(): readonly SyntaxFinding[] {
    return [...this.#found, ...this.reading.findings].sort((a, b) => a.start - b.start);
  }

  positionOf(offset: number): Position {
    return this.#source.positionOf(offset);
  }

  problem(finding: SyntaxFinding): ConfigProblem {
    return problemOf(finding, this.#name, this.#source, this.#hidden);
  }

  warning(finding: WarningFinding): ConfigProblem {
    return warningOf(finding, this.#name, this.#source, this.#hidden);
  }

  /** Only a text in which something is told needs them. */
  get #hidden(): readonly Mask[] {
    this.#masks ??= this.#masksOf();
    return this.#masks;
  }
}

/** What is wrong with a text that is not even looked at; `undefined`: nothing. */
export function lengthProblem(text: string, name: string, most: number): ConfigProblem | undefined {
  if (text.length <= most) return undefined;
  const message = `expected at most ${most} characters, found ${text.length}`;
  return { file: name, line: 1, column: 1, source: '', caret: 0, message };
}
