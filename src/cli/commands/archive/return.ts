import { whyOf } from '../../api-client.ts';
import { type Command, DONE, Misuse, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { ONE_SERVER, remarkSilent, serverQuery } from './archive-shapes.ts';

const ORDERS = ['now', 'pause', 'resume'] as const;

export const returnCommand: Command = {
  name: 'archive return',
  summary: 'Have recordings return to their homes now, or not for a while',
  positionals: [],
  options: {
    now: { summary: 'also outside the configured hours, and what was put off or is stuck' },
    pause: { summary: 'nothing returns until --resume or --now, also after a restart' },
    resume: { summary: 'they return by themselves again' },
    ...ONE_SERVER,
    ...SERVER_OPTIONS,
  },
  details: [
    'One of --now, --pause and --resume is needed.',
    'Of all servers, or of the one that --server names: the home, which fetches what belongs to it.',
  ],
  example: 'archive return --now --server s01',
  async run(invocation) {
    const { options, terminal } = invocation;
    const given = ORDERS.filter((order) => options.has(order));
    const [order] = given;
    if (order === undefined || given.length > 1) throw new Misuse('expected one of --now, --pause and --resume');
    const api = await connect(invocation);
    const query = serverQuery(invocation);
    const answer = await api.change('POST', `archive-returns${query && `?${query}`}`, { order });
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(whyOf(answer) ?? '');
    remarkSilent(answer, terminal);
    return DONE;
  },
};
