import type { Token } from './lexer.ts';
import { FILE_VOCABULARY, isWordOf, type Vocabulary } from './vocabulary.ts';

/**
 * The grammar of the file: `word argument…;` and `word argument… { statements }`. What is missing is reported where it is
 * missing, and reading goes on, so that one run shows every error of a file:
 *
 * - a known word at the beginning of a line ends a statement that lacks its `;`,
 * - `stream … {` within another block ends a block that lacks its `}`.
 */
export interface Statement {
  readonly word: Token;
  readonly args: readonly Token[];
  readonly block: readonly Statement[] | undefined;
}

export interface SyntaxProblem {
  readonly start: number;
  readonly expected: string;
  readonly found: Token;
}

export interface Syntax {
  readonly statements: readonly Statement[];
  /** Every statement, at any depth, also in blocks that belong to nothing, in the order of the file. */
  readonly all: readonly Statement[];
  readonly problems: readonly SyntaxProblem[];
}

const MAX_DEPTH = 16;

interface Frame {
  readonly statements: Statement[];
  readonly vocabulary: Vocabulary;
  /** Where the block begins, and whose it is. Absent: the file itself. */
  readonly opened?: { readonly brace: Token; readonly by: string };
}

export function parseStatements(source: string, tokens: readonly Token[]): Syntax {
  return new StatementParser(source, tokens).parse();
}

class StatementParser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #problems: SyntaxProblem[] = [];
  readonly #all: Statement[] = [];
  readonly #file: Frame = { statements: [], vocabulary: FILE_VOCABULARY };
  readonly #frames: Frame[] = [this.#file];
  #next = 0;

  constructor(source: string, tokens: readonly Token[]) {
    this.#source = source;
    this.#tokens = tokens;
  }

  parse(): Syntax {
    for (let token = this.#take(); token.kind !== 'eof'; token = this.#take()) {
      if (token.kind === 'word') this.#statement(token);
      else if (token.kind === 'open') this.#openBlock(token, undefined, []);
      else if (token.kind === 'close') this.#closeBlock(token);
      else this.#report(token.start, 'a word', token);
      if (this.#frames.length > MAX_DEPTH) {
        this.#report(token.start, `blocks at most ${MAX_DEPTH} deep`, token);
        return this.#result();
      }
    }
    for (const { opened } of this.#frames) {
      if (opened !== undefined)
        this.#report(opened.brace.start, `"}" at the end of this block${opened.by}`, this.#peek());
    }
    return this.#result();
  }

  #result(): Syntax {
    return { statements: this.#file.statements, all: this.#all, problems: this.#problems };
  }

  #statement(word: Token): void {
    if (this.#beginsWithinUnclosedBlock(word)) {
      for (const { opened } of this.#frames.splice(1)) {
        if (opened !== undefined) this.#report(opened.brace.start, `"}" at the end of this block${opened.by}`, word);
      }
    }
    const args: Token[] = [];
    let last = word;
    while (this.#peek().kind === 'word' && !this.#beginsStatement(last, this.#peek())) {
      last = this.#take();
      args.push(last);
    }
    const after = this.#peek();
    if (after.kind === 'open') {
      this.#take();
      this.#openBlock(after, word, args);
      return;
    }
    if (after.kind === 'end') this.#take();
    else this.#report(last.end, '";"', after);
    this.#add({ word, args, block: undefined });
  }

  #openBlock(brace: Token, word: Token | undefined, args: readonly Token[]): void {
    const vocabulary = this.#frame().vocabulary;
    const own = word !== undefined && isWordOf(word.text, vocabulary) ? vocabulary[word.text] : undefined;
    if (word === undefined) this.#report(brace.start, 'a word before the block', brace);
    else if (own === null) this.#report(brace.start, '";"', brace);
    const statements: Statement[] = [];
    if (word !== undefined) this.#add({ word, args, block: statements });
    const known = word !== undefined && own !== undefined && own !== null;
    this.#frames.push({
      statements,
      vocabulary: own ?? {},
      opened: { brace, by: known ? ` of "${word.text}"` : '' },
    });
  }

  #closeBlock(brace: Token): void {
    if (this.#frames.length > 1) this.#frames.pop();
    else this.#report(brace.start, 'a word, as no block is open here', brace);
  }

  #add(statement: Statement): void {
    this.#frame().statements.push(statement);
    this.#all.push(statement);
  }

  /** A word that opens a block of the file stands where it has no meaning, and a block follows it. */
  #beginsWithinUnclosedBlock(word: Token): boolean {
    if (this.#frames.length === 1 || word.quoted || isWordOf(word.text, this.#frame().vocabulary)) return false;
    if (!isWordOf(word.text, FILE_VOCABULARY) || (FILE_VOCABULARY as Vocabulary)[word.text] === null) return false;
    const [first, second] = [this.#peek(), this.#tokens[this.#next + 1]];
    return first.kind === 'open' || (first.kind === 'word' && second?.kind === 'open');
  }

  #beginsStatement(before: Token, token: Token): boolean {
    if (token.quoted) return false;
    const { vocabulary } = this.#frame();
    if (!isWordOf(token.text, vocabulary) && !isWordOf(token.text, FILE_VOCABULARY)) return false;
    return this.#source.slice(before.end, token.start).includes('\n');
  }

  #report(start: number, expected: string, found: Token): void {
    this.#problems.push({ start, expected, found });
  }

  #frame(): Frame {
    return this.#frames.at(-1) ?? this.#file;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? END;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }
}

const END: Token = { kind: 'eof', text: '', quoted: false, start: 0, end: 0 };
