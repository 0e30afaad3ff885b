import { text as textOfStream } from 'node:stream/consumers';
import { formatDefinitionProblem } from '../../domain/definition/definition-problem.ts';
import { pathOf, streamNameProblem } from '../../domain/definition/stream-name.ts';
import { remarksOf, type StreamStatus } from '../../domain/status.ts';
import { whyOf } from '../api-client.ts';
import { type Command, CommandFailure, DONE, Misuse, SERVER_OPTIONS } from '../command.ts';
import { textOf } from '../config-file.ts';
import { connect } from '../connection.ts';
import { remarkStale, withoutStale } from '../stale-remark.ts';
import { age, printTable } from '../table.ts';

const ls: Command = {
  name: 'streams ls',
  summary: 'List the streams: which server has each, since when and why',
  isDefault: true,
  positionals: [],
  options: SERVER_OPTIONS,
  example: 'streams ls',
  async run(invocation) {
    const { options, terminal } = invocation;
    const api = await connect(invocation);
    const { answer, items: streams } = await api.list<StreamStatus>('streams', 'streams');
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    if (streams.length === 0)
      terminal.print('no streams are defined; "streamherd streams put --help" says how to add one');
    else terminal.print(printTable([['STREAM', 'STATE', 'SERVER', 'FOR', 'KBIT/S', 'WHY'], ...streams.map(rowOf)]));
    remarkStale(answer, terminal);
    return DONE;
  },
};

function rowOf(status: StreamStatus): string[] {
  const { name, state, server, since, bitrateKbps, why, error, remark, refused } = status;
  const source = error && `source: ${error}`;
  const remarks = [why, ...remarksOf(status), source, remark, refused && `definition refused: ${refused}`];
  const kbps = bitrateKbps === undefined ? '-' : String(Math.round(bitrateKbps));
  return [name, state, server ?? '-', age(since, Date.now()), kbps, remarks.filter(Boolean).join('; ')];
}

const show: Command = {
  name: 'streams show',
  summary: 'Show one stream: its state and its definition',
  positionals: [{ name: 'STREAM' }],
  options: SERVER_OPTIONS,
  details: ['Passwords of source URLs are shown as ***.'],
  example: 'streams show cam01',
  async run(invocation) {
    const { options, terminal } = invocation;
    const api = await connect(invocation);
    const answer = await api.get(`streams/${pathOf(streamName(invocation.positionals[0]))}`);
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    terminal.print(printTable(linesOf(withoutStale(answer))));
    remarkStale(answer, terminal);
    return DONE;
  },
};

/** An object as lines of name and value, inner objects as `outer.inner`. */
function linesOf(value: unknown, prefix = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[prefix, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => linesOf(inner, prefix === '' ? key : `${prefix}.${key}`));
}

const put: Command = {
  name: 'streams put',
  summary: 'Publish the definition of a stream, new or changed',
  positionals: [{ name: 'STREAM' }, { name: 'FILE', optional: true }],
  options: SERVER_OPTIONS,
  details: [
    'Reads the definition as JSON from FILE, or from standard input without FILE or with "-". It is not taken from the',
    'command line, where every user of the machine could read its passwords. A bare {"url": "rtsp://…"} is enough.',
  ],
  example: `streams put cam01 cam01.json`,
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const [named, file = '-'] = positionals;
    const name = streamName(named);
    if (file === '-' && process.stdin.isTTY) terminal.complain('reading the definition from here; Ctrl-D ends it');
    const text = file === '-' ? await textOfStream(process.stdin) : await textOf(file);
    const { definitionValue, parseDefinition } = await import('../../domain/definition/stream-definition-schema.ts');
    const result = parseDefinition(text);
    if (!result.ok) {
      const problems = result.problems.map((problem) => `  ${formatDefinitionProblem(problem)}`);
      throw new CommandFailure(
        [`${file === '-' ? 'standard input' : file} is no definition of a stream:`, ...problems].join('\n'),
      );
    }
    // What "streams show" printed would replace the real password.
    if (result.definition.inputs.some((url) => url.includes('***'))) {
      throw new CommandFailure('a source URL has *** in place of its password: write the password out');
    }
    const api = await connect(invocation);
    const answer = await api.change('PUT', `streams/${pathOf(name)}`, definitionValue(result.definition));
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(`${name} is published`);
    return DONE;
  },
};

const rm: Command = {
  name: 'streams rm',
  summary: 'Remove streams: their capture ends',
  positionals: [{ name: 'STREAM', many: true }],
  options: SERVER_OPTIONS,
  details: [
    'A stream that a configuration file holds comes back when that file is applied again; the answer names the file.',
  ],
  example: 'streams rm cam01 cam02',
  async run(invocation) {
    const { options, terminal } = invocation;
    const names = invocation.positionals.map(streamName);
    const api = await connect(invocation);
    const why: Record<string, string> = {};
    for (const name of names) {
      why[name] = whyOf(await api.change('DELETE', `streams/${pathOf(name)}`)) ?? 'its definition is removed';
      if (!options.has('json')) terminal.print(`${name}: ${why[name]}`);
    }
    if (options.has('json')) terminal.printJson({ removed: names, why });
    return DONE;
  },
};

/** @throws Misuse when `text` is no name of a stream. */
export function streamName(text = ''): string {
  const problem = streamNameProblem(text);
  if (problem !== undefined) throw new Misuse(`"${text}" is no name of a stream: ${problem}`);
  return text;
}

export const streams: readonly Command[] = [ls, show, put, rm];
