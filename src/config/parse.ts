import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { lengthProblem, ReadText } from './read-text.ts';
import { readConfig } from './reading/read-config.ts';
import type { ConfigProblem } from './syntax/problem.ts';

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
  const tooLong = lengthProblem(text, fileName, MAX_CONFIG_LENGTH);
  if (tooLong !== undefined) return { config: undefined, problems: [tooLong], warnings: [], weaknesses: [], hosts: [] };
  const read = new ReadText(text, fileName);
  const { statements, reading } = read;
  const config = readConfig(statements, hostName, (token) => read.positionOf(token.start), reading);
  const { findings } = read;
  return {
    config: findings.length === 0 ? config : undefined,
    problems: findings.slice(0, MAX_PROBLEMS).map((finding) => read.problem(finding)),
    warnings: reading.warnings
      .sort((a, b) => a.start - b.start)
      .slice(0, MAX_PROBLEMS)
      .map((warning) => read.warning(warning)),
    weaknesses: reading.weaknesses.slice(0, MAX_PROBLEMS).map((finding) => read.problem(finding)),
    hosts: [...new Map(reading.hosts.map((named) => [named.host, named])).values()].map(({ host, start }) => {
      return { host, warning: (message) => read.warning({ start, message }) };
    }),
  };
}
