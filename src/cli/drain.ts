import { type Command, DONE, SERVER_OPTIONS } from './command.ts';
import { connect } from './connection.ts';
import { serverName } from './servers.ts';

export const drain: Command = drainCommand({
  name: 'drain',
  summary: 'Move every stream of a server to the others, one by one, and give it no new ones',
  details: ['For maintenance. It stays in the herd and redirects viewers; "streamherd undrain" takes the drain back.'],
  done: 'is draining: its streams move to the others',
});

export const undrain: Command = drainCommand({
  name: 'undrain',
  summary: 'Let a drained server have streams again',
  done: 'takes streams again',
});

interface DrainCommand extends Pick<Command, 'name' | 'summary' | 'details'> {
  /** What is true of the server now. */
  readonly done: string;
}

function drainCommand({ name, summary, details, done }: DrainCommand): Command {
  return {
    name,
    summary,
    positionals: [{ name: 'SERVER' }],
    options: SERVER_OPTIONS,
    ...(details !== undefined && { details }),
    example: `${name} s02`,
    async run(invocation) {
      const { options, terminal } = invocation;
      const server = serverName(invocation.positionals[0]);
      const api = await connect(invocation);
      const answer = await api.change('POST', `servers/${encodeURIComponent(server)}/${name}`);
      if (options.has('json')) terminal.printJson(answer ?? {});
      else terminal.print(`${server} ${done}`);
      return DONE;
    },
  };
}
