import { readFileSync } from 'node:fs';
import type { Config } from '../../src/config/config.ts';
import { type ParsedConfig, parseConfig } from '../../src/config/parse.ts';
import { formatProblem } from '../../src/config/syntax/problem.ts';

/** Texts of configuration files, read as on host `s01`. */
export function parse(text: string, hostName = 's01'): ParsedConfig {
  return parseConfig(text, 'herd.conf', { hostName });
}

/** @throws Error with the problems, when there are any. */
export function configOf(text: string, hostName?: string): Config {
  const { config, problems } = parse(text, hostName);
  if (config === undefined) throw new Error(`${problems.map(formatProblem).join('\n')}\n${text}`);
  return config;
}

/** A file of `test/fixtures/config`. */
export function configFixture(name: string): string {
  return readFileSync(new URL(`../../../test/fixtures/config/${name}`, import.meta.url), 'utf8');
}
