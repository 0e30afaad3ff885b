import { pathOf } from '../../../domain/definition/stream-name.ts';
import { whyOf } from '../../api-client.ts';
import { type Command, DONE, Misuse, optionOf, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { streamName } from '../streams.ts';
import { instantOf, remarkSilent, secondsOf } from './archive-shapes.ts';

export const keep: Command = {
  name: 'archive keep',
  summary: 'Keep what is recorded of a time, whatever its age',
  positionals: [{ name: 'STREAM' }, { name: 'FROM' }, { name: 'DURATION' }],
  options: { note: { value: 'TEXT', summary: 'why it is kept, for those who find it later' }, ...SERVER_OPTIONS },
  details: [
    'On every server that has something of the stream. Packs are kept as a whole: up to an hour more on both sides.',
    'A disk that has nothing else left to remove for its reserve removes it all the same, and tells of it.',
  ],
  example: 'archive keep cam01 2026-11-22T06:00:00Z 10m --note "the accident at the gate"',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const [, from = '', duration = ''] = positionals;
    const name = streamName(positionals[0]);
    const note = optionOf(invocation, 'note') ?? '';
    const body = { from: instantOf(from), duration: secondsOf(duration), note };
    const api = await connect(invocation);
    const answer = await api.change('POST', `archive/${pathOf(name)}/keep`, body);
    if (options.has('json')) {
      terminal.printJson(answer ?? {});
      return DONE;
    }
    const id: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'id') : undefined;
    terminal.print(`${name}: kept as ${String(id)}: ${whyOf(answer) ?? ''}`);
    remarkSilent(answer, terminal);
    return DONE;
  },
};

export const unkeep: Command = {
  name: 'archive unkeep',
  summary: 'Keep a time no longer than everything else',
  positionals: [{ name: 'STREAM' }, { name: 'ID' }],
  options: SERVER_OPTIONS,
  details: ['"streamherd archive show STREAM" shows the ids.'],
  example: 'archive unkeep cam01 5f0c2a91be44',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const name = streamName(positionals[0]);
    const [, id = ''] = positionals;
    if (!/^[\w-]{1,64}$/.test(id))
      throw new Misuse(`"${id}" is no id of a kept time; "streamherd archive show" shows them`);
    const api = await connect(invocation);
    const answer = await api.change('DELETE', `archive/${pathOf(name)}/keep/${id}`);
    if (options.has('json')) terminal.printJson(answer ?? {});
    else terminal.print(`${name}: ${id} is released: ${whyOf(answer) ?? ''}`);
    remarkSilent(answer, terminal);
    return DONE;
  },
};
