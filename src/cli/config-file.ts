import { readFile } from 'node:fs/promises';
import type { Config } from '../config/config.ts';
import type { ParsedConfig } from '../config/parse.ts';
import { formatProblem, formatWarning } from '../config/syntax/problem.ts';
import { codeOf, systemReason } from '../domain/system-error.ts';
import { CommandFailure, type Invocation, optionOf } from './command.ts';

export const DEFAULT_CONFIG_FILE = '/etc/streamherd/streamherd.conf';

/** @throws CommandFailure when the file cannot be read. */
export async function parseConfigFile(file: string): Promise<ParsedConfig> {
  // The warden reads no configuration, and most of what it would load is this.
  const { parseConfig } = await import('../config/parse.ts');
  return parseConfig(await textOf(file), file);
}

/** @throws CommandFailure when the file cannot be read, or has problems: with all of them. */
export async function readConfigFile(file: string, warn?: (warning: string) => void): Promise<Config> {
  const { config, problems, warnings, weaknesses } = await parseConfigFile(file);
  for (const warning of [...weaknesses, ...warnings]) warn?.(formatWarning(warning));
  if (config === undefined) throw new CommandFailure(problems.map(formatProblem).join('\n'));
  return config;
}

/** The configuration file that a command names with `-c`. */
export function namedConfigFile(invocation: Invocation): string | undefined {
  return optionOf(invocation, 'config');
}

/** The text of a file that the user named. */
export async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${systemReason(error)}`, { cause: error });
  }
}

export function isMissingFile(error: unknown): boolean {
  return codeOf(error instanceof CommandFailure ? error.cause : error) === 'ENOENT';
}
