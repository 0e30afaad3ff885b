import { pathOf } from '../../domain/definition/stream-name.ts';
import { type Command, CommandFailure, DONE, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { remarkStale, withoutStale } from '../stale-remark.ts';
import { printTable } from '../table.ts';
import { streamName } from './streams.ts';

export const where: Command = {
  name: 'where',
  summary: 'Say which server has a stream, and its addresses there',
  positionals: [{ name: 'STREAM' }],
  options: SERVER_OPTIONS,
  details: ['Fails when the stream is unknown, or captured nowhere right now, and says why.'],
  example: 'where cam01',
  async run(invocation) {
    const { options, terminal } = invocation;
    const name = streamName(invocation.positionals[0]);
    const api = await connect(invocation);
    const answer = await api.get(`where/${pathOf(name)}`);
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    terminal.print(printTable(rowsOf(withoutStale(answer))));
    remarkStale(answer, terminal);
    return DONE;
  },
};

function rowsOf(answer: unknown): [string, string][] {
  if (typeof answer !== 'object' || answer === null || !('server' in answer)) {
    throw new CommandFailure('the server\'s answer has no "server": is it another version?');
  }
  const { urls, ...facts } = answer as Record<string, unknown>;
  const addresses = typeof urls === 'object' && urls !== null ? Object.entries(urls) : [];
  return [...Object.entries(facts), ...addresses]
    .filter(([word]) => word !== 'found')
    .map(([word, value]) => [word, String(value)]);
}
