import { pathOf } from '../../../domain/definition/stream-name.ts';
import { type Command, CommandFailure, DONE, Misuse } from '../../command.ts';
import { connect } from '../../connection.ts';
import { printTable } from '../../table.ts';
import { streamName } from '../streams.ts';
import {
  remarkSilent,
  STREAM_AND_TIME,
  type StreamArchive,
  second,
  secondsOf,
  serverQuery,
  timeQuery,
} from './archive-shapes.ts';

export const show: Command = {
  ...STREAM_AND_TIME,
  name: 'archive show',
  summary: 'Show what is recorded of a stream: times, gaps and why, what is kept',
  details: [
    'FROM is a time as 2026-11-22T06:00:00Z or Unix seconds, DURATION seconds or a duration like 10m.',
    'A time that several servers have is shown for each of them.',
  ],
  example: 'archive show cam01 2026-11-22T06:00:00Z 2h',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const name = streamName(positionals[0]);
    const [, from, duration] = positionals;
    if (from !== undefined && duration === undefined)
      throw new Misuse('DURATION is missing; see "streamherd archive show --help"');
    const time = from === undefined || duration === undefined ? '' : timeQuery(from, secondsOf(duration));
    const query = [time, serverQuery(invocation)].filter((part) => part !== '').join('&');
    const api = await connect(invocation);
    const { answer, items } = await api.list<StreamArchive>(
      `archive/${pathOf(name)}${query && `?${query}`}`,
      'servers',
    );
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    if (items.length === 0) {
      remarkSilent(answer, terminal);
      throw new CommandFailure(`nothing of ${name} is recorded in that time`);
    }
    const rows = items.flatMap(rowsOf).sort((one, other) => ((one[0] ?? '') < (other[0] ?? '') ? -1 : 1));
    terminal.print(printTable([['FROM', 'UNTIL', 'SERVER', 'WHAT', 'WHY'], ...rows]));
    for (const { keptProblems, server } of items) {
      for (const problem of keptProblems) terminal.complain(`${server}: ${problem}: all of ${name} is kept`);
    }
    remarkSilent(answer, terminal);
    return DONE;
  },
};

function rowsOf({ server, ranges, unavailable, gaps, kept, packs }: StreamArchive): string[][] {
  const row = ({ from, until }: { readonly from: string; readonly until: string }, what: string, why: string) => [
    second(from),
    second(until),
    server,
    what,
    why,
  ];
  return [
    ...ranges.map((time) => row(time, 'recorded', '')),
    ...unavailable.map((time) => row(time, 'unavailable', 'its folder is offline')),
    ...gaps.map((gap) => row(gap, 'gap', gap.why)),
    ...kept.map((time) => row(time, `kept ${time.id}`, time.note)),
    ...packs.flatMap(({ file, rotten }) =>
      rotten.map((part) => row(part, 'rotten', `${part.segments} segments of ${file}`)),
    ),
  ];
}
