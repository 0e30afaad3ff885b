import { setTimeout as pause } from 'node:timers/promises';
import { roughBytes } from '../../../domain/text/units.ts';
import { type ApiClient, whyOf } from '../../api-client.ts';
import { type Command, CommandFailure, DONE, type Invocation, Misuse, SERVER_OPTIONS } from '../../command.ts';
import { connect } from '../../connection.ts';
import { age, printTable } from '../../table.ts';
import { streamName } from '../streams.ts';
import { ONE_SERVER, remarkSilent, type ServerArchive, serverQuery } from './archive-shapes.ts';

const POLL_MS = 1000;
/** A server that is silent for longer may have lost its order. */
const SILENT_MS = 60_000;

export const verify: Command = {
  name: 'archive verify',
  summary: 'Read recordings back now, and compare them with what was recorded',
  positionals: [{ name: 'STREAM', optional: true }],
  options: {
    wait: { summary: 'end when all is read; fail if something is rotten' },
    status: { summary: 'begin nothing: show how far it has come, and when all was read last' },
    cancel: { summary: 'end what was begun' },
    ...ONE_SERVER,
    ...SERVER_OPTIONS,
  },
  details: [
    'Servers read everything back by themselves within the time of "recording { verify 30d; }". What is rotten is told by',
    'an event, and not played any more.',
  ],
  example: 'archive verify cam01 --wait',
  async run(invocation) {
    const { positionals, options, terminal } = invocation;
    const stream = positionals[0] === undefined ? undefined : streamName(positionals[0]);
    const [status, cancel, wait] = ['status', 'cancel', 'wait'].map((name) => options.has(name));
    if ([status, cancel, wait].filter(Boolean).length > 1)
      throw new Misuse('one of --wait, --status and --cancel at a time');
    const api = await connect(invocation);
    if (status) return showStatus(api, invocation);
    const query = serverQuery(invocation);
    const path = `archive/verify${query && `?${query}`}`;
    const answer = cancel
      ? await api.change('DELETE', path)
      : await api.change('POST', path, { ...(stream !== undefined && { stream }) });
    if (!options.has('json')) terminal.print(whyOf(answer) ?? '');
    remarkSilent(answer, terminal);
    if (wait) await untilRead(api, invocation, orderedOf(answer));
    else if (options.has('json')) terminal.printJson(answer ?? {});
    return DONE;
  },
};

async function archivesOf(api: ApiClient, invocation: Invocation) {
  const query = serverQuery(invocation);
  return api.list<ServerArchive>(`archive${query && `?${query}`}`, 'servers');
}

async function showStatus(api: ApiClient, invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const { answer, items } = await archivesOf(api, invocation);
  if (options.has('json')) {
    terminal.printJson(items.map(({ server, verification }) => ({ server, ...verification })));
    return DONE;
  }
  const rows = items.flatMap(({ server, verification }) =>
    verification.roots.map(({ root, startedAt, endedAt, packs, leftPacks, leftBytes, rottenPacks }) => {
      const left =
        endedAt === undefined && startedAt !== undefined ? `${leftPacks} packs, ${roughBytes(leftBytes)}` : '-';
      return [server, root, age(startedAt, Date.now()), String(packs), left, String(rottenPacks)];
    }),
  );
  terminal.print(printTable([['SERVER', 'FOLDER', 'BEGAN', 'READ', 'LEFT', 'ROTTEN'], ...rows]));
  for (const { server, verification } of items) {
    const { order } = verification;
    if (order !== undefined) terminal.print(`${server}: ordered: ${orderText(order)}`);
  }
  remarkSilent(answer, terminal);
  return DONE;
}

/** The servers that have taken the order. */
function orderedOf(answer: unknown): readonly string[] {
  const servers: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'servers') : undefined;
  if (!Array.isArray(servers)) return [];
  // Both ends are of this project.
  return (servers as { server: string; is: string }[]).filter(({ is }) => is === 'done').map(({ server }) => server);
}

/** @throws CommandFailure when something is rotten, or could not be read, or a server does not say what became of its order. */
async function untilRead(api: ApiClient, invocation: Invocation, ordered: readonly string[]): Promise<void> {
  const { options, terminal } = invocation;
  const heardMs = new Map(ordered.map((server) => [server, Date.now()]));
  for (;;) {
    const { items } = await archivesOf(api, invocation);
    for (const { server } of items) heardMs.set(server, Date.now());
    const orders = ordered.flatMap((server) => orderOf(server, items, heardMs.get(server) ?? 0));
    if (orders.length === ordered.length && orders.every(({ order }) => order.endedAt !== undefined)) {
      if (options.has('json')) terminal.printJson(orders.map(({ server, order }) => ({ server, ...order })));
      else for (const { server, order } of orders) terminal.print(`${server}: ${orderText(order)}`);
      const bad = orders.filter(({ order }) => order.rottenPacks + order.passedOver > 0 || order.cancelled);
      if (bad.length === 0) return;
      throw new CommandFailure(
        `not all is well: ${bad.map(({ server, order }) => `${server}: ${orderText(order)}`).join('; ')}`,
      );
    }
    await pause(POLL_MS);
  }
}

/** None while the server is silent. @throws CommandFailure when it is silent for long, or has no order any more */
function orderOf(server: string, items: readonly ServerArchive[], heardMs: number) {
  const item = items.find((each) => each.server === server);
  if (item === undefined) {
    if (Date.now() - heardMs <= SILENT_MS) return [];
    throw new CommandFailure(`${server} has not answered for ${SILENT_MS / 1000} s: what it has read is not known`);
  }
  const { order } = item.verification;
  if (order === undefined)
    throw new CommandFailure(`${server} has started again, and does not read any more what was ordered`);
  return [{ server, order }];
}

function orderText(order: NonNullable<ServerArchive['verification']['order']>): string {
  const { packs, checkedPacks, rottenPacks, passedOver, cancelled, endedAt } = order;
  const state = cancelled ? 'cancelled' : endedAt === undefined ? 'under way' : 'done';
  const passed = passedOver > 0 ? `, ${passedOver} not read` : '';
  return `${state}: ${checkedPacks} of ${packs} packs are read, ${rottenPacks} have rotten parts${passed}`;
}
