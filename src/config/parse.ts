import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { readConfig } from './reading/read-config.ts';
import { Reading } from './reading/reading.ts';
import { lex } from './syntax/lexer.ts';
import { masksOf } from './syntax/masks.ts';
import { type ConfigProblem, problemOf, type SyntaxFinding, warningOf } from './syntax/problem.ts';
import { SourceText } from './syntax/source-text.ts';
import { parseStatements } from './syntax/statement.ts';

export interface ParsedConfig {
  /** `undefined` when there are problems. */
  readonly config: Config | undefined;
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /**
   * A key that is too easy to guess. `check` refuses it; `run` says so and goes on: a key can only be changed on all servers and in
   * NATS at once, and a server that refused it would stay down until then.
   */
  readonly weaknesses: readonly ConfigProblem[];
  /** Every host that the file names, once, with the way to report a problem of it. */
  readonly hosts: readonly NamedHost[];
}

export interface NamedHost {
  /** A name or an address. */
  readonly host: string;
  warning(message: string): ConfigProblem;
}

/** About 100,000 streams. */
export const MAX_CONFIG_LENGTH = 16 * 1024 * 1024;
/** A file with more problems is not a configuration file. */
export const MAX_PROBLEMS = 200;

/** Reads the text of a configuration file. Any text gives a configuration or problems; nothing is thrown. */
export function parseConfig(
  text: string,
  fileName: string,
  { hostName = hostname() }: { readonly hostName?: string } = {},
): ParsedConfig {
  if (text.length > MAX_CONFIG_LENGTH) {
    const message = `expected at most ${MAX_CONFIG_LENGTH} characters, found ${text.length}`;
    return {
      config: undefined,
      problems: [{ file: fileName, line: 1, column: 1, source: '', caret: 0, message }],
      warnings: [],
      weaknesses: [],
      hosts: [],
    };
  }
  const source = new SourceText(text);
  const { tokens, problems, comments } = lex(text);
  const syntax = parseStatements(text, tokens);
  const reading = new Reading((offset) => source.positionOf(offset).line);
  const config = readConfig(syntax.statements, hostName, (token) => source.positionOf(token.start), reading);
  const masks = masksOf(text, syntax.all, comments);
  const findings: SyntaxFinding[] = [...problems, ...syntax.problems, ...reading.findings].sort(
    (a, b) => a.start - b.start,
  );
  const shown = findings.slice(0, MAX_PROBLEMS).map((finding) => problemOf(finding, fileName, source, masks));
  return {
    config: findings.length === 0 ? config : undefined,
    problems: shown,
    warnings: reading.warnings
      .sort((a, b) => a.start - b.start)
      .slice(0, MAX_PROBLEMS)
      .map((warning) => warningOf(warning, fileName, source, masks)),
    weaknesses: reading.weaknesses.slice(0, MAX_PROBLEMS).map((finding) => problemOf(finding, fileName, source, masks)),
    hosts: [...new Map(reading.hosts.map((named) => [named.host, named])).values()].map(({ host, start }) => {
      return { host, warning: (message) => warningOf({ start, message }, fileName, source, masks) };
    }),
  };
}
