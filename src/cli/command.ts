import type { Terminal } from './terminal.ts';

/** A command of the command line. One file a command; `command-list.ts` has them all. */
export interface Command {
  /** `where`, or `streams put`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name, without options: `STREAM SERVER`. */
  readonly positionals: readonly Positional[];
  readonly options: Readonly<Record<string, Option>>;
  /** Further lines of the help. */
  readonly details?: readonly string[];
  /** A command line that can be typed as it stands, without `streamherd`. */
  readonly example: string;
  /** Also the one that its group (`streams`) means without a second word. */
  readonly isDefault?: boolean;
  /** Resolves to the exit code. */
  run(invocation: Invocation): Promise<ExitCode>;
}

export interface Positional {
  readonly name: string;
  readonly optional?: boolean;
  /** Any number of them; the last only. */
  readonly many?: boolean;
}

export interface Option {
  readonly short?: string;
  /** What the help calls its value. Absent: a flag. */
  readonly value?: string;
  readonly summary: string;
}

export interface Invocation {
  readonly positionals: readonly string[];
  readonly options: ReadonlyMap<string, string | true>;
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of streamherd. */
  readonly version: string;
}

/** Done, failed, misused. `run` and `demo` may end with further codes. */
export type ExitCode = number;
export const DONE = 0;
export const FAILED = 1;
export const MISUSED = 2;

/** The command could not do what it was asked for; the message is for its user. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** The command line itself is wrong. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** The value of a string option, if it was given. */
export function optionOf({ options }: Invocation, name: string): string | undefined {
  const value = options.get(name);
  return value === true ? undefined : value;
}

export const JSON_OPTION = { json: { summary: 'JSON instead of a table' } } as const;

export const CONFIG_OPTION = {
  config: { short: 'c', value: 'FILE', summary: 'the configuration file (default /etc/streamherd/streamherd.conf)' },
} as const;

/** Of every command that asks a running server. */
export const SERVER_OPTIONS = {
  url: { value: 'URL', summary: 'the server to ask (default: that of the configuration file, or $STREAMHERD_URL)' },
  ...CONFIG_OPTION,
  ...JSON_OPTION,
} as const;
