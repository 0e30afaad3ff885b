import { nearestWord } from '../../domain/text/nearest-word.ts';
import type { Token } from '../syntax/lexer.ts';
import type { SyntaxFinding, WarningFinding } from '../syntax/problem.ts';
import type { Statement } from '../syntax/statement.ts';
import { isWordOf, type Vocabulary } from '../syntax/vocabulary.ts';

/** Collects the problems while statements are turned into values. Every reader goes on after a problem. */
export class Reading {
  readonly findings: SyntaxFinding[] = [];
  readonly warnings: WarningFinding[] = [];
  /** A cluster key that is too easy to guess: `check` refuses it, but a server that already has it goes on. */
  readonly weaknesses: SyntaxFinding[] = [];
  /** Hosts that the file names and that have to be reachable, by name or address. */
  readonly hosts: { readonly start: number; readonly host: string }[] = [];
  readonly #lineOf: (offset: number) => number;

  constructor(lineOf: (offset: number) => number) {
    this.#lineOf = lineOf;
  }

  report(found: Token, expected: string, known?: readonly string[]): undefined {
    this.findings.push({ start: found.start, expected, found, ...(known !== undefined && { known }) });
    return undefined;
  }

  reportMissing(start: number, expected: string): undefined {
    this.findings.push({ start, expected });
    return undefined;
  }

  warn(start: number, message: string): void {
    this.warnings.push({ start, message });
  }

  weak(start: number, expected: string): void {
    this.weaknesses.push({ start, expected });
  }

  /** `text`: a URL, `name` or `name:port`. */
  reaches({ start, text }: Token): void {
    const [, host] = /^(?:[a-z]+:\/\/)?(?:[^/@]*@)?(\[[^\]]*\]|[^:/]*)/i.exec(text) ?? [];
    if (host !== undefined && host !== '') this.hosts.push({ start, host: host.replace(/^\[|\]$/g, '') });
  }

  /** A text to append to an expectation about a part of a token. */
  guess(word: string, known: readonly string[]): string {
    const nearest = nearestWord(word, known);
    return nearest === undefined ? '' : `, perhaps "${nearest}"`;
  }

  lineOf(token: Token): number {
    return this.#lineOf(token.start);
  }

  /**
   * The statements of one place by word: each word at most once, except those of `repeatable`. Unknown words are reported
   * as "expected a word of `place`".
   */
  byWord(
    statements: readonly Statement[],
    vocabulary: Vocabulary,
    place: string,
    repeatable: readonly string[] = [],
  ): ReadonlyMap<string, readonly Statement[]> {
    const known = Object.keys(vocabulary);
    const found = new Map<string, Statement[]>();
    for (const statement of statements) {
      const { word } = statement;
      const earlier = found.get(word.text);
      if (!isWordOf(word.text, vocabulary)) {
        this.report(word, `a word of ${place} (${known.join(', ')})`, known);
      } else if (earlier === undefined) {
        found.set(word.text, [statement]);
      } else {
        const [first] = earlier;
        if (first === undefined || repeatable.includes(word.text)) earlier.push(statement);
        else this.report(word, `"${word.text}" once (line ${this.lineOf(first.word)} has it already)`);
      }
    }
    return found;
  }

  /** The one argument of `statement`, read by `parse`. */
  value<Value>(
    statement: Statement | undefined,
    expected: string,
    parse: (text: string) => Value | undefined,
  ): Value | undefined {
    const argument = statement && this.argument(statement, expected);
    return argument && (parse(argument.text) ?? this.report(argument, expected));
  }

  argument(statement: Statement, expected: string): Token | undefined {
    const [argument] = this.arguments(statement, expected, 1);
    return argument;
  }

  /** The arguments of `statement`, at least one and at most `most`. */
  arguments(statement: Statement, expected: string, most: number): readonly Token[] {
    const { word, args } = statement;
    if (args.length === 0) this.reportMissing(word.end, `${expected} after "${word.text}"`);
    const extra = args[most];
    if (extra !== undefined) {
      const hint = most === 1 ? ' (quote a value that holds blanks)' : '';
      this.report(extra, `";" after ${most === 1 ? 'one value' : `${most} values`} of "${word.text}"${hint}`);
    }
    return args.slice(0, most);
  }

  /** A block follows at once. */
  noArguments({ word, args: [extra] }: Statement): void {
    if (extra !== undefined) this.report(extra, `"{" after "${word.text}"`);
  }

  /** The statements within the block of `statement`, which has to have one. */
  block(statement: Statement): readonly Statement[] {
    if (statement.block !== undefined) return statement.block;
    this.reportMissing(
      statement.args.at(-1)?.end ?? statement.word.end,
      `a block "{ … }" after "${statement.word.text}"`,
    );
    return [];
  }
}
