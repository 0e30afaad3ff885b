import { parseArgs } from 'node:util';
import { nearestWord } from '../domain/text/nearest-word.ts';
import {
  type Command,
  CommandFailure,
  DONE,
  type ExitCode,
  FAILED,
  type Invocation,
  MISUSED,
  Misuse,
  type Option,
} from './command.ts';
import { COMMANDS } from './command-list.ts';
import { helpOf, helpOfAll } from './help.ts';

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'help'; readonly command?: Command }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: Command; readonly given: Pick<Invocation, 'positionals' | 'options'> };

const HELP: Option = { short: 'h', summary: 'this help' };

/** Does what the command line `argv` (without node and script) asks for. Throws only what is a bug. */
export async function perform(
  argv: readonly string[],
  { terminal, env }: Pick<Invocation, 'terminal' | 'env'>,
  version: string,
): Promise<ExitCode> {
  try {
    const request = readCommandLine(argv, COMMANDS);
    if (request.kind === 'run') return await request.command.run({ ...request.given, terminal, env, version });
    if (request.kind === 'version') terminal.print(version);
    else terminal.print(request.command === undefined ? helpOfAll(COMMANDS) : helpOf(request.command));
    return DONE;
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof Misuse)) throw error;
    terminal.complain(error instanceof Misuse ? `streamherd: ${error.message}` : error.message);
    return error instanceof Misuse ? MISUSED : FAILED;
  }
}

/** @throws Misuse with a sentence that names the nearest known word. */
export function readCommandLine(argv: readonly string[], commands: readonly Command[]): Request {
  const [first, ...rest] = argv;
  if (first === undefined) throw new Misuse('a command is missing; "streamherd --help" lists them');
  if (first === '--help' || first === '-h') return { kind: 'help' };
  if (first === '--version') return { kind: 'version' };
  if (first === 'help')
    return rest.length === 0 ? { kind: 'help' } : { kind: 'help', command: find(rest, commands).command };
  const { command, rest: args } = find(argv, commands);
  const given = readArguments(command, args);
  return given.options.has('help') ? { kind: 'help', command } : { kind: 'run', command, given };
}

function find(argv: readonly string[], commands: readonly Command[]): { command: Command; rest: readonly string[] } {
  const [first = '', second] = argv;
  const named = commands.find(({ name }) => name === first);
  if (named !== undefined) return { command: named, rest: argv.slice(1) };
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0)
    throw unknown('command', first, [...new Set(commands.map(({ name }) => name.split(' ', 1)[0] ?? ''))]);
  const isOption = second === undefined || second.startsWith('-');
  const command = group.find((each) => (isOption ? each.isDefault : each.name === `${first} ${second}`));
  if (command === undefined)
    throw unknown(
      `command of "${first}"`,
      second ?? '',
      group.map(({ name }) => name.slice(first.length + 1)),
    );
  return { command, rest: argv.slice(isOption ? 1 : 2) };
}

function readArguments(command: Command, args: readonly string[]): Pick<Invocation, 'positionals' | 'options'> {
  const options: Readonly<Record<string, Option>> = { ...command.options, help: HELP };
  // Not strict: parseArgs knows no nearest word, and says how to escape an option rather than what is wrong with it.
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value, short }]) => {
        return [
          name,
          { type: value === undefined ? 'boolean' : 'string', ...(short !== undefined && { short }) },
        ] as const;
      }),
    ),
  });
  const given = new Map<string, string | true>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined)
      throw unknown(
        'option',
        token.rawName,
        Object.keys(options).map((name) => `--${name}`),
      );
    given.set(token.name, optionValue(token, option));
  }
  if (!given.has('help')) checkPositionals(command, positionals);
  return { positionals, options: given };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function optionValue({ rawName, value, inlineValue }: OptionToken, option: Option): string | true {
  if (option.value === undefined) {
    if (value !== undefined) throw new Misuse(`${rawName} takes no value`);
    return true;
  }
  const isOption = inlineValue !== true && value !== undefined && value.length > 1 && value.startsWith('-');
  if (value === undefined || value === '' || isOption)
    throw new Misuse(`${rawName} needs a value: ${rawName} ${option.value}`);
  return value;
}

function checkPositionals({ name, positionals: wanted }: Command, given: readonly string[]): void {
  const missing = wanted.find((positional, index) => positional.optional !== true && given[index] === undefined);
  if (missing !== undefined) throw new Misuse(`${missing.name} is missing; see "streamherd ${name} --help"`);
  const extra = wanted.at(-1)?.many === true ? undefined : given[wanted.length];
  if (extra !== undefined) throw new Misuse(`"${extra}" is one argument too many; see "streamherd ${name} --help"`);
}

function unknown(what: string, word: string, known: readonly string[]): Misuse {
  const nearest = nearestWord(word, known);
  const guess = nearest === undefined ? `; known are ${known.join(', ')}` : `; did you mean "${nearest}"?`;
  return new Misuse(`unknown ${what} "${word}"${guess}`);
}
