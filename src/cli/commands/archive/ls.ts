import { roughBytes } from '../../../domain/text/units.ts';
import { type Command, CommandFailure, DONE, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { printTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { ONE_SERVER, remarkSilent, type ServerArchive, second, serverQuery } from './archive-shapes.ts';

export const ls: Command = {
  name: 'archive ls',
  summary: 'List what is recorded, on which server, and how much room is left',
  isDefault: true,
  positionals: [{ name: 'STREAM', optional: true }],
  options: { ...ONE_SERVER, ...SERVER_OPTIONS },
  details: ['With STREAM only what is recorded of that stream.'],
  example: 'archive ls',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const [stream] = positionals;
    const api = await connect(invocation);
    const query = serverQuery(invocation);
    const { answer, items } = await api.list<ServerArchive>(`archive${query && `?${query}`}`, 'servers');
    if (options.has('json')) {
      terminal.printJson(answer);
      return DONE;
    }
    const streams = items
      .flatMap(({ server, streams }) => streams.map((one) => ({ server, ...one })))
      .filter((one) => stream === undefined || one.stream === stream)
      .sort((one, other) => (one.stream < other.stream ? -1 : one.stream > other.stream ? 1 : 0));
    if (stream === undefined) terminal.print(`${rootTable(items)}\n`);
    else if (streams.length === 0) {
      remarkSilent(answer, terminal);
      throw new CommandFailure(`nothing of ${stream} is recorded`);
    }
    if (streams.length === 0) terminal.print('nothing is recorded; "dvr" in the definition of a stream asks for it');
    else terminal.print(printTable([['STREAM', 'SERVER', 'FROM', 'UNTIL', 'PACKS', 'SIZE'], ...streams.map(rowOf)]));
    remark(items, terminal);
    remarkSilent(answer, terminal);
    return DONE;
  },
};

function rootTable(servers: readonly ServerArchive[]): string {
  const rows = servers.flatMap(({ server, roots }) =>
    roots.map(({ root, packs, bytes, freeBytes, daysUntilFull, problem }) => {
      const free = freeBytes === undefined ? '-' : roughBytes(freeBytes);
      const full = daysUntilFull === undefined ? '-' : `${daysUntilFull}d`;
      return [server, root, String(packs), roughBytes(bytes), free, full, problem ?? 'well'];
    }),
  );
  return printTable([['SERVER', 'FOLDER', 'PACKS', 'SIZE', 'FREE', 'FULL IN', 'STATE'], ...rows]);
}

function rowOf(one: ServerArchive['streams'][number] & { readonly server: string }): string[] {
  const until = one.recorded ? 'now' : second(one.until);
  return [one.stream, one.server, second(one.from), until, String(one.packs), roughBytes(one.bytes)];
}

function remark(servers: readonly ServerArchive[], terminal: Terminal): void {
  for (const { server, waitingSegments, clockDoubt, verification } of servers) {
    if (waitingSegments > 0) terminal.complain(`${server}: ${waitingSegments} segments wait to be recorded`);
    if (clockDoubt !== undefined) {
      terminal.complain(`${server}: nothing is removed because of its age: ${clockDoubt}`);
    }
    for (const { root, rottenPacks } of verification.roots) {
      if (rottenPacks > 0) terminal.complain(`${server}: ${rottenPacks} packs on ${root} have rotten parts`);
    }
  }
}
