/**
 * The configuration file as tokens. A comment starts only where a token could begin, so that `rtsp://cam/h264#1` is one
 * word. A word may end in a quoted value (`title="Gate 3"`). Every token knows its place; nothing is thrown away silently.
 */
export interface Token {
  readonly kind: 'word' | 'open' | 'close' | 'end' | 'eof';
  /** Of a word: its value, with quotes and escapes resolved. */
  readonly text: string;
  readonly quoted: boolean;
  /** Offsets of the raw text. */
  readonly start: number;
  readonly end: number;
}

export interface LexicalProblem {
  readonly start: number;
  readonly expected: string;
  readonly found: string;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly problems: readonly LexicalProblem[];
  /** What comments say, without what opens them. */
  readonly comments: readonly Span[];
}

const PUNCTUATION: Readonly<Record<string, 'open' | 'close' | 'end'>> = { '{': 'open', '}': 'close', ';': 'end' };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', "'": "'", '\\': '\\' };

/** Includes the byte order mark, which editors put at the beginning. */
const BLANK = /\s+/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\0-\x08\x0E-\x1F\x7F]+/y;
const LINE_COMMENT = /(?:\/\/|#)[^\n]*/y;
/** An option's name: a quote after it belongs to the option's value. */
const OPTION = /[A-Za-z_][A-Za-z0-9_]*=(?=["'])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a word ends before them
const WORD = /[^\s;{}\0-\x1F\x7F]+/y;

const NO_CONTROLS = 'text without control characters';

function unicode(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

export function lex(source: string): Lexed {
  const tokens: Token[] = [];
  const problems: LexicalProblem[] = [];
  const comments: Span[] = [];
  let at = 0;
  while (at < source.length) {
    const start = at;
    const character = source.charAt(at);
    const punctuation = PUNCTUATION[character];
    if (skip(BLANK, source, at) > at) {
      at = skip(BLANK, source, at);
    } else if (skip(LINE_COMMENT, source, at) > at) {
      at = skip(LINE_COMMENT, source, at);
      comments.push({ start: start + (character === '#' ? 1 : 2), end: at });
    } else if (source.startsWith('/*', at)) {
      const close = source.indexOf('*/', at + 2);
      if (close === -1)
        problems.push({ start, expected: '"*/" at the end of the comment', found: 'the end of the file' });
      comments.push({ start: start + 2, end: close === -1 ? source.length : close });
      at = close === -1 ? source.length : close + 2;
    } else if (punctuation !== undefined) {
      at += 1;
      tokens.push({ kind: punctuation, text: character, quoted: false, start, end: at });
    } else if (skip(CONTROL, source, at) > at) {
      at = skip(CONTROL, source, at);
      problems.push({ start, expected: NO_CONTROLS, found: unicode(character) });
    } else {
      const token = lexWord(source, start, problems);
      at = token.end;
      tokens.push(token);
    }
  }
  tokens.push({ kind: 'eof', text: '', quoted: false, start: source.length, end: source.length });
  return { tokens, problems, comments };
}

/** The end of the match of a sticky `pattern` at `at`; `at` itself when it does not match. */
function skip(pattern: RegExp, source: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : at;
}

function lexWord(source: string, start: number, problems: LexicalProblem[]): Token {
  const valueStart = skip(OPTION, source, start);
  const quote = source.charAt(valueStart);
  if (quote !== '"' && quote !== "'") {
    const end = skip(WORD, source, start);
    return { kind: 'word', text: source.slice(start, end), quoted: false, start, end };
  }
  const { text, end } = lexString(source, valueStart, quote, problems);
  return { kind: 'word', text: source.slice(start, valueStart) + text, quoted: true, start, end };
}

/** A string ends on its line: one that is left open must not swallow the statements below it. */
function lexString(source: string, start: number, quote: string, problems: LexicalProblem[]) {
  let text = '';
  let at = start + 1;
  while (at < source.length && !/[\r\n]/.test(source.charAt(at))) {
    const character = source.charAt(at);
    if (character === quote) return { text, end: at + 1 };
    if (character === '\\') {
      const escaped = source.charAt(at + 1);
      const meant = ESCAPES[escaped];
      if (meant === undefined) {
        problems.push({ start: at, expected: 'one of the escapes \\" \\\' \\\\ \\n \\t', found: 'another "\\"' });
      }
      text += meant ?? '';
      at += meant === undefined ? 1 : 2;
    } else {
      if (character < ' ' && character !== '\t')
        problems.push({ start: at, expected: NO_CONTROLS, found: unicode(character) });
      text += character;
      at += 1;
    }
  }
  problems.push({ start, expected: `a closing ${quote} on the same line`, found: 'the end of the line' });
  return { text, end: at };
}
