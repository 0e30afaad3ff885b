import type { WhatIfAnswer } from '../../domain/status.ts';
import { listOf } from '../api-client.ts';
import { type Command, DONE, Misuse, optionOf, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { printTable } from '../table.ts';
import { serverName } from './servers.ts';

export const whatIf: Command = {
  name: 'what-if',
  summary: 'Say where the streams of a server would go if it died; nothing is changed',
  positionals: [],
  options: {
    without: { value: 'SERVER', summary: 'needed: the server that is taken to have died' },
    ...SERVER_OPTIONS,
  },
  example: 'what-if --without s02',
  async run(invocation) {
    const { options, terminal } = invocation;
    const without = optionOf(invocation, 'without');
    if (without === undefined) throw new Misuse('--without SERVER is missing; see "streamherd what-if --help"');
    const api = await connect(invocation);
    const answer = await api.get(`what-if?without=${encodeURIComponent(serverName(without))}`);
    const { items: moves } = listOf<WhatIfAnswer['moves'][number]>(answer, 'moves');
    const { items: nowhere } = listOf<WhatIfAnswer['nowhere'][number]>(answer, 'nowhere');
    const { items: servers } = listOf<WhatIfAnswer['servers'][number]>(answer, 'servers');
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    const loads = servers.map(({ name, before, after }) => [name, String(before), String(after)]);
    terminal.print(printTable([['SERVER', 'NOW', 'THEN'], ...loads]));
    terminal.print('');
    if (moves.length === 0) terminal.print(`no stream would move without ${without}`);
    else {
      const rows = moves.map(({ stream, from, to, why }) => [stream, from, to, why]);
      terminal.print(printTable([['STREAM', 'FROM', 'TO', 'WHY'], ...rows]));
    }
    if (nowhere.length > 0) {
      terminal.print('');
      terminal.print(printTable([['NOWHERE', 'WHY'], ...nowhere.map(({ stream, why }) => [stream, why])]));
    }
    return DONE;
  },
};
