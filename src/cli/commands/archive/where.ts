import { pathOf } from '../../../domain/definition/stream-name.ts';
import type { ApiClient } from '../../api-client.ts';
import { type Command, CommandFailure, DONE } from '../../command.ts';
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

const PAGE = 1000;
/** From a time on, whatever there is. */
const EVER_S = 100 * 366 * 86_400;
/** Packs that are so close follow one another. */
const SEAM_MS = 1000;

export const whereArchive: Command = {
  ...STREAM_AND_TIME,
  name: 'archive where',
  summary: 'Show every copy of what is recorded of a stream: server, folder, home, state',
  details: [
    'STATE is "own" at the home, "owed" where it is to return to its home, "resting" where its home has it too and it is',
    'about to be erased. Packs that follow one another and are alike are one line.',
  ],
  example: 'archive where cam01 2026-11-22T06:00:00Z 2h',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const name = streamName(positionals[0]);
    const [, from, duration] = positionals;
    const seconds = duration === undefined ? EVER_S : secondsOf(duration);
    const query = [...(from === undefined ? [] : [timeQuery(from, seconds)]), `limit=${PAGE}`].join('&');
    const api = await connect(invocation);
    const { answer, copies } = await copiesOf(api, `archive/${pathOf(name)}?${query}`, serverQuery(invocation));
    if (options.has('json')) {
      terminal.printJson({ stream: name, copies });
      remarkSilent(answer, terminal);
      return DONE;
    }
    if (copies.length === 0) {
      remarkSilent(answer, terminal);
      throw new CommandFailure(`nothing of ${name} is recorded in that time`);
    }
    const head = ['FROM', 'UNTIL', 'SERVER', 'FOLDER', 'HOME', 'STATE', 'PACKS', 'ROTTEN'];
    terminal.print(printTable([head, ...copies.map(rowOf)]));
    remarkSilent(answer, terminal);
    return DONE;
  },
};

interface Copies {
  readonly server: string;
  readonly root: string;
  readonly home: string;
  readonly state: string;
  readonly from: string;
  until: string;
  packs: number;
  /** Packs with rotten parts. */
  rotten: number;
}

/** All pages of all servers, in the order of their times. */
async function copiesOf(api: ApiClient, path: string, server: string) {
  const { answer, items } = await api.list<StreamArchive>(server === '' ? path : `${path}&${server}`, 'servers');
  const copies: Copies[] = [];
  for (const first of items) {
    const own: Copies[] = [];
    for (const pack of first.packs) add(own, first.server, pack);
    let after = first.next;
    while (after !== undefined) {
      const of = `server=${encodeURIComponent(first.server)}&after=${encodeURIComponent(after)}`;
      const page = await api.list<StreamArchive>(`${path}&${of}`, 'servers');
      for (const pack of page.items[0]?.packs ?? []) add(own, first.server, pack);
      after = page.items[0]?.next;
    }
    copies.push(...own);
  }
  copies.sort((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : 0));
  return { answer, copies };
}

function add(copies: Copies[], server: string, pack: StreamArchive['packs'][number]): void {
  const { root, home, from, until, rotten, away } = pack;
  const state = away ? `${pack.state}, offline` : pack.state;
  const last = copies.at(-1);
  const isLike = last?.root === root && last.home === home && last.state === state;
  if (last !== undefined && isLike && Math.abs(Date.parse(from) - Date.parse(last.until)) <= SEAM_MS) {
    last.until = until;
    last.packs += 1;
    last.rotten += Number(rotten.length > 0);
  } else copies.push({ server, root, home, state, from, until, packs: 1, rotten: Number(rotten.length > 0) });
}

function rowOf({ from, until, server, root, home, state, packs, rotten }: Copies): string[] {
  return [second(from), second(until), server, root, home, state, String(packs), rotten === 0 ? '-' : String(rotten)];
}
