import { pathOf } from '../../domain/definition/stream-name.ts';
import { type Command, DONE, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { serverName } from './servers.ts';
import { streamName } from './streams.ts';

export const move: Command = {
  name: 'move',
  summary: 'Hand a stream over to another server now',
  positionals: [{ name: 'STREAM' }, { name: 'SERVER' }],
  options: SERVER_OPTIONS,
  details: [
    'This does not pin the stream; capture_at in its definition does. A pinned stream goes back to its server. Without',
    'capture_at the server becomes the home of the stream.',
  ],
  example: 'move cam01 s02',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const stream = streamName(positionals[0]);
    const server = serverName(positionals[1]);
    const api = await connect(invocation);
    const answer = await api.change('POST', `streams/${pathOf(stream)}/move`, { server });
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(`${stream} moves to ${server}`);
    return DONE;
  },
};
