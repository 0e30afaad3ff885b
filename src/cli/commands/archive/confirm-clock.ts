import { whyOf } from '../../api-client.ts';
import { type Command, DONE, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { serverName } from '../servers.ts';

export const confirmClock: Command = {
  name: 'archive confirm-clock',
  summary: 'Say that the clock of a server is right, after a jump',
  positionals: [{ name: 'SERVER' }],
  options: SERVER_OPTIONS,
  details: [
    'After a jump of the clock of more than an hour nothing is removed because of its age, for an hour or until this.',
  ],
  example: 'archive confirm-clock s02',
  async run(invocation) {
    const { options, terminal } = invocation;
    const server = serverName(invocation.positionals[0]);
    const api = await connect(invocation);
    const answer = await api.change('POST', `archive/clock-confirmed?server=${encodeURIComponent(server)}`);
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(whyOf(answer) ?? `the clock of ${server} is trusted`);
    return DONE;
  },
};
