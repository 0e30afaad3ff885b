import type { Command, Option } from './command.ts';
import { printTable } from './table.ts';

export function helpOfAll(commands: readonly Command[]): string {
  return [
    'streamherd: cluster ingest, each stream captured by exactly one server of a group',
    '',
    'Usage: streamherd COMMAND …',
    '',
    indented(printTable(commands.map((command) => [usageOf(command), command.summary]))),
    '',
    'Every command explains itself: streamherd COMMAND --help',
    'Exit codes: 0 done, 1 failed, 2 misused.',
  ].join('\n');
}

export function helpOf(command: Command): string {
  const options = { ...command.options, help: { short: 'h', summary: 'this help' } };
  return [
    `Usage: streamherd ${usageOf(command)}${Object.keys(command.options).length > 0 ? ' [options]' : ''}`,
    '',
    `${command.summary}.`,
    ...(command.details === undefined ? [] : ['', ...command.details]),
    '',
    'Options:',
    indented(printTable(Object.entries(options).map(([name, option]) => [flagOf(name, option), option.summary]))),
    '',
    'Example:',
    `  $ streamherd ${command.example}`,
  ].join('\n');
}

function usageOf({ name, positionals }: Command): string {
  const words = positionals.map((positional) => {
    const word = positional.many ? `${positional.name}…` : positional.name;
    return positional.optional ? `[${word}]` : word;
  });
  return [name, ...words].join(' ');
}

function flagOf(name: string, { short, value }: Option): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
