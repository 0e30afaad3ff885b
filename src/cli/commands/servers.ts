import { serverNameProblem } from '../../domain/records/server-name.ts';
import type { ServerProblem, ServerStatus } from '../../domain/status.ts';
import { withoutControls } from '../../domain/text/plain-text.ts';
import { type Command, DONE, Misuse, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { remarkStale } from '../stale-remark.ts';
import { age, printTable } from '../table.ts';

const ls: Command = {
  name: 'servers ls',
  summary: 'List the servers: their state, and how many streams each has',
  isDefault: true,
  positionals: [],
  options: SERVER_OPTIONS,
  example: 'servers ls',
  async run(invocation) {
    const { options, terminal } = invocation;
    const api = await connect(invocation);
    const { answer, items } = await api.list<ServerStatus>('servers', 'servers');
    const rows = items.map(({ name, state, since, streams, capacity, url, why }) => {
      return [name, state, age(since, Date.now()), String(streams), String(capacity), url, why];
    });
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    const [head = '', ...lines] = printTable([
      ['SERVER', 'STATE', 'FOR', 'STREAMS', 'CAPACITY', 'URL', 'WHY'],
      ...rows,
    ]).split('\n');
    const problems = items.map(({ problems = [] }) => problems.map(problemLine));
    terminal.print([head, ...lines.flatMap((line, row) => [line, ...(problems[row] ?? [])])].join('\n'));
    remarkStale(answer, terminal);
    return DONE;
  },
};

/** Below the line of the server. */
function problemLine({ kind, why, since, by }: ServerProblem): string {
  return withoutControls(`  ! ${kind}: ${why} (found by ${by.join(', ')} for ${age(since, Date.now())})`);
}

const rm: Command = {
  name: 'servers rm',
  summary: 'Forget a server that is down for good',
  positionals: [{ name: 'SERVER' }],
  options: SERVER_OPTIONS,
  details: ['Only a server that is down can be forgotten; drain and stop it first.'],
  example: 'servers rm s03',
  async run(invocation) {
    const { options, terminal } = invocation;
    const name = serverName(invocation.positionals[0]);
    const api = await connect(invocation);
    const answer = await api.change('DELETE', `servers/${encodeURIComponent(name)}`);
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(`${name} is forgotten`);
    return DONE;
  },
};

/** @throws Misuse when `text` is no name of a server. */
export function serverName(text = ''): string {
  const expected = serverNameProblem(text);
  if (expected !== undefined) throw new Misuse(`"${text}" is no name of a server: expected ${expected}`);
  return text;
}

export const servers: readonly Command[] = [ls, rm];
