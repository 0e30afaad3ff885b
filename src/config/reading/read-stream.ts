import type { StreamDefinition } from '../../domain/definition/stream-definition.ts';
import { readDefinition, TRANSCODER_WORDS } from '../../domain/definition/stream-definition-schema.ts';
import { parseStreamName, type StreamName, streamNameProblem } from '../../domain/definition/stream-name.ts';
import { parseBytes, parseDurationMs } from '../../domain/text/units.ts';
import type { Token } from '../syntax/lexer.ts';
import type { Statement } from '../syntax/statement.ts';
import { STREAM_VOCABULARY } from '../syntax/vocabulary.ts';
import type { Reading } from './reading.ts';

/**
 * A `stream` block. It is turned into the JSON value with the same content, which is then read by the schema of that JSON. So a
 * file and a bucket always accept the same definitions; `places` leads from the schema's paths back to the file.
 */
export interface ReadStream {
  readonly word: Token;
  readonly nameToken: Token;
  readonly name: StreamName;
  readonly definition: StreamDefinition;
  /** Where `capture_at` is given. */
  readonly captureAt?: Token;
}

export function readStream(statement: Statement, reading: Reading): ReadStream | undefined {
  const nameToken = reading.argument(statement, 'a stream name');
  const name = nameToken && readName(nameToken, reading);
  const block = new StreamBlock(reading);
  block.readWords(reading.block(statement));
  const result = statement.block && readDefinition(block.value);
  if (result === undefined) return undefined;
  if (!result.ok) {
    for (const { path, expected } of result.problems) {
      const place = block.placeOf(path);
      if (place === undefined) reading.reportMissing((nameToken ?? statement.word).start, expectedOf(path, expected));
      else reading.report(place, expected);
    }
    return undefined;
  }
  if (nameToken === undefined || name === undefined) return undefined;
  const captureAt = block.placeOf('capture_at');
  return { word: statement.word, nameToken, name, definition: result.definition, ...(captureAt && { captureAt }) };
}

/** The schema names both words of the JSON; a file has `input`. */
function expectedOf(path: string, expected: string): string {
  return path === '' || path === 'inputs' ? 'a source: "input rtsp://…;" in the block' : expected;
}

function readName(token: Token, reading: Reading): StreamName | undefined {
  const problem = streamNameProblem(token.text);
  // The sentence of the domain begins with "expected" and may end with the value that was found; the report itself adds both.
  if (problem !== undefined) reading.report(token, problem.replace(/^expected /, '').replace(/, found [^,]*$/, ''));
  return parseStreamName(token.text);
}

class StreamBlock {
  readonly value: Record<string, unknown> = {};
  readonly #places = new Map<string, Token>();
  readonly #reading: Reading;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** The token that gave the value at `path`, or the innermost value around it. */
  placeOf(path: string): Token | undefined {
    for (let inner = path; inner !== ''; inner = inner.slice(0, Math.max(0, inner.lastIndexOf('.')))) {
      const place = this.#places.get(inner);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  readWords(statements: readonly Statement[]): void {
    const words = this.#reading.byWord(statements, STREAM_VOCABULARY, 'a stream block', ['input', 'url', 'push']);
    this.#urls(
      statements.filter(({ word }) => word.text === 'input' || word.text === 'url'),
      'inputs',
      'a source URL',
    );
    this.#urls(words.get('push') ?? [], 'push', 'a push URL');
    const first = (word: keyof typeof STREAM_VOCABULARY) => words.get(word)?.[0];
    this.#single(first('title'), 'title', 'a title');
    this.#single(first('weight'), 'weight', 'a number');
    this.#dvr(first('dvr'));
    this.#transcoder(first('transcoder'), 'transcoder');
    this.#transcoder(first('backup_transcoder'), 'backup_transcoder');
    this.#clusterIngest(first('cluster_ingest'));
    this.#disabled(first('disabled'));
  }

  #urls(statements: readonly Statement[], path: string, expected: string): void {
    const urls: string[] = [];
    for (const statement of statements) {
      const url = this.#reading.argument(statement, expected);
      if (url === undefined) continue;
      this.#places.set(`${path}.${urls.length}`, url);
      if (urls.length === 0) this.#places.set(path, statement.word);
      urls.push(url.text);
    }
    if (urls.length > 0) this.value[path] = urls;
  }

  #single(statement: Statement | undefined, path: string, expected: string): void {
    const argument = statement && this.#reading.argument(statement, expected);
    if (argument === undefined) return;
    this.#places.set(path, argument);
    this.value[path] = argument.text;
  }

  #dvr(statement: Statement | undefined): void {
    if (statement === undefined) return;
    const dvr: Record<string, string> = {};
    const expected = 'a duration like 7d or a size like 100G, each at most once ("archive" of the file says where)';
    for (const token of statement.args) {
      const word = parseDurationMs(token.text) !== undefined ? 'keep' : 'max_bytes';
      if (dvr[word] !== undefined || (word === 'max_bytes' && parseBytes(token.text) === undefined)) {
        this.#reading.report(token, expected);
      } else {
        this.#places.set(`dvr.${word}`, token);
        dvr[word] = token.text;
      }
    }
    this.value.dvr = dvr;
  }

  #transcoder(statement: Statement | undefined, path: string): void {
    if (statement === undefined) return;
    const words: Record<string, string | true> = {};
    const options = TRANSCODER_WORDS.filter((word) => word !== 'an' && word !== 'vn');
    const expected = `an option (${options.map((word) => `${word}=…`).join(' ')} -an -vn)`;
    if (statement.args.length === 0) this.#reading.reportMissing(statement.word.end, expected);
    for (const token of statement.args) {
      const option = optionOf(token.text);
      const known = option.value === true ? ['an', 'vn'] : options;
      if (!known.includes(option.name)) {
        this.#reading.report(token, `${expected}${this.#reading.guess(option.name, known)}`);
      } else if (words[option.name] !== undefined) {
        this.#reading.report(token, `"${option.name}" once: a stream has one profile`);
      } else {
        this.#places.set(`${path}.${option.name}`, token);
        words[option.name] = option.value;
      }
    }
    this.#places.set(path, statement.word);
    this.value[path] = words;
  }

  #clusterIngest(statement: Statement | undefined): void {
    for (const token of statement?.args ?? []) {
      const { name, value } = optionOf(token.text);
      if (name !== 'capture_at' || value === true || this.value.capture_at !== undefined) {
        const guess = this.#reading.guess(name, ['capture_at']);
        this.#reading.report(token, `nothing but one capture_at=<server>${guess}`);
      } else {
        this.#places.set('capture_at', token);
        this.value.capture_at = value;
      }
    }
  }

  #disabled(statement: Statement | undefined): void {
    if (statement === undefined) return;
    const [extra] = statement.args;
    if (extra !== undefined) this.#reading.report(extra, '";" after "disabled"');
    this.value.disabled = true;
  }
}

/** `vb=2048k`, or the flag `-an`. */
function optionOf(text: string): { readonly name: string; readonly value: string | true } {
  const equals = text.indexOf('=');
  if (equals === -1) return { name: text.replace(/^-/, ''), value: true };
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}
