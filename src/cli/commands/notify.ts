import { listOf } from '../api-client.ts';
import { type Command, DONE, FAILED, Misuse, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { printTable } from '../table.ts';

interface Trial {
  readonly receiver: string;
  readonly ok: boolean;
  readonly why: string;
}

export const notify: Command = {
  name: 'notify',
  summary: 'Try what a server tells of events by webhook and mail',
  positionals: [],
  options: {
    test: { summary: 'needed: tell each receiver of an event now, and say how each took it' },
    ...SERVER_OPTIONS,
  },
  details: ['Receivers are the "notify" lines of the configuration file of the server that is asked.'],
  example: 'notify --test',
  async run(invocation) {
    const { options, terminal } = invocation;
    if (!options.has('test')) throw new Misuse('--test is missing: "streamherd notify --test" tries each receiver');
    const api = await connect(invocation);
    const { answer, items } = listOf<Trial>(await api.change('POST', 'notify/test'), 'trials');
    if (options.has('json')) terminal.printJson(answer);
    else {
      const rows = items.map(({ receiver, ok, why }) => [receiver, ok ? 'ok' : 'failed', why]);
      terminal.print(printTable([['RECEIVER', 'RESULT', 'WHY'], ...rows]));
    }
    return items.every(({ ok }) => ok) ? DONE : FAILED;
  },
};
