import { setTimeout as pause } from 'node:timers/promises';
import { scrubbed } from '../../../domain/text/secrets.ts';
import { roughBytes } from '../../../domain/text/units.ts';
import type { ApiClient } from '../../api-client.ts';
import { type Command, DONE, type Invocation, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { age, printTable } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { ONE_SERVER, remarkSilent, second, serverQuery } from './archive-shapes.ts';

const POLL_MS = 1000;

interface Sum {
  readonly packs: number;
  readonly bytes: number;
}

/** What the API answers of returns, as far as the command line shows it. */
interface ServerReturns {
  readonly server: string;
  readonly state: string;
  readonly pausedSince?: string;
  readonly rateBytes?: number;
  readonly inWork: readonly {
    readonly stream: string;
    readonly start: string;
    readonly holder: string;
    readonly bytes: number;
    readonly doneBytes: number;
    readonly step: string;
  }[];
  readonly holders: readonly (Sum & {
    readonly holder: string;
    readonly oldest?: string;
    readonly bytesPerSecond: number;
    readonly doneInMs?: number;
    readonly returned: Sum;
    readonly problem?: string;
  })[];
  readonly stuck: readonly {
    readonly stream: string;
    readonly start: string;
    readonly holder: string;
    readonly why: string;
  }[];
  readonly owing: readonly (Sum & {
    readonly home: string;
    readonly oldest?: string;
    readonly resting: Sum;
    readonly problem?: string;
  })[];
}

export const returns: Command = {
  name: 'archive returns',
  summary: 'Show what stand-ins recorded and how it comes home: how much, how fast, what is stuck',
  positionals: [],
  options: {
    follow: { short: 'f', summary: 'show it again whenever it has changed, until nothing is left to return' },
    ...ONE_SERVER,
    ...SERVER_OPTIONS,
  },
  details: [
    'What a server recorded for another one returns by itself: see "archive_return" in the configuration. The copy that it',
    'leaves behind is erased after a grace, when its home has proven twice that it has it.',
  ],
  example: 'archive returns --follow',
  async run(invocation) {
    const { options, terminal } = invocation;
    const api = await connect(invocation);
    if (options.has('follow')) return follow(api, invocation);
    const { answer, items } = await returnsOf(api, invocation);
    if (options.has('json')) terminal.printJson(answer);
    else show(items, terminal);
    remarkSilent(answer, terminal);
    return DONE;
  },
};

function returnsOf(api: ApiClient, invocation: Invocation) {
  const query = serverQuery(invocation);
  return api.list<ServerReturns>(`archive-returns${query && `?${query}`}`, 'servers');
}

/** A server that does not answer may have something left, so it is waited for. */
async function follow(api: ApiClient, invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  let shown = '';
  for (;;) {
    const { answer, items } = await returnsOf(api, invocation);
    const text = JSON.stringify(scrubbed(answer));
    if (text !== shown) {
      if (options.has('json')) terminal.print(text);
      else {
        terminal.print(`${shown === '' ? '' : '\n'}${second(new Date().toISOString())}`);
        show(items, terminal);
        remarkSilent(answer, terminal);
      }
    }
    shown = text;
    const left = items.flatMap(({ holders, owing }) => [...holders, ...owing]).filter(({ packs }) => packs > 0);
    if (left.length === 0 && isWhole(answer)) return DONE;
    await pause(POLL_MS);
  }
}

function isWhole(answer: unknown): boolean {
  const silent: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'silent') : undefined;
  return Array.isArray(silent) && silent.length === 0;
}

function show(servers: readonly ServerReturns[], terminal: Terminal): void {
  const coming = servers.flatMap(comingRows);
  const owed = servers.flatMap(owedRows);
  if (coming.length + owed.length === 0) terminal.print('nothing is to return');
  if (coming.length > 0) {
    const head = ['HOME', 'STATE', 'FROM', 'LEFT', 'OLDEST', 'A SECOND', 'DONE IN', 'RETURNED'];
    terminal.print(printTable([head, ...coming]));
  }
  const work = servers.flatMap(workRows);
  if (work.length > 0) terminal.print(`\n${printTable([['STREAM', 'BEGINS', 'FROM', 'TO', 'DONE', 'NOW'], ...work])}`);
  if (owed.length > 0) {
    const lines = printTable([['HELD BY', 'FOR', 'TO RETURN', 'OLDEST', 'RETURNED, IN GRACE'], ...owed]);
    terminal.print(coming.length > 0 ? `\n${lines}` : lines);
  }
  for (const { server, pausedSince, holders, owing, stuck } of servers) {
    if (pausedSince)
      terminal.complain(`${server}: an operator has paused what returns to it, since ${second(pausedSince)}`);
    for (const { holder, problem } of holders) if (problem) terminal.complain(`${server} from ${holder}: ${problem}`);
    for (const { home, problem } of owing) if (problem) terminal.complain(`${server} for ${home}: ${problem}`);
    for (const { stream, start, holder, why } of stuck) {
      terminal.complain(`${server}: ${stream} from ${second(start)}, which ${holder} has, is stuck: ${why}`);
    }
  }
}

function comingRows({ server, state, holders, rateBytes }: ServerReturns): string[][] {
  // What belongs to another server by now has left nothing to tell.
  const told = holders.filter(({ packs, returned }) => packs + returned.packs > 0);
  return told.map(({ holder, packs, bytes, oldest, bytesPerSecond, doneInMs, returned }) => {
    const rate = rateBytes === undefined ? '' : ` of ${roughBytes(rateBytes)}`;
    const done = doneInMs === undefined ? '-' : age(new Date(0).toISOString(), doneInMs);
    const speed = `${roughBytes(bytesPerSecond)}${rate}`;
    return [server, state, holder, sumText({ packs, bytes }), dateOf(oldest), speed, done, sumText(returned)];
  });
}

function workRows({ server, inWork }: ServerReturns): string[][] {
  return inWork.map(({ stream, start, holder, bytes, doneBytes, step }) => {
    return [stream, second(start), holder, server, `${Math.floor((100 * doneBytes) / Math.max(1, bytes))} %`, step];
  });
}

/** Homes to which nothing is owed any more are told for the metrics. */
function owedRows({ server, owing }: ServerReturns): string[][] {
  return owing
    .filter(({ packs, resting }) => packs + resting.packs > 0)
    .map(({ home, packs, bytes, oldest, resting }) => {
      return [server, home, sumText({ packs, bytes }), dateOf(oldest), sumText(resting)];
    });
}

function sumText({ packs, bytes }: Sum): string {
  return packs === 0 ? '-' : `${packs} ${packs === 1 ? 'pack' : 'packs'}, ${roughBytes(bytes)}`;
}

function dateOf(iso: string | undefined): string {
  return iso === undefined ? '-' : second(iso);
}
