import { setTimeout as pause } from 'node:timers/promises';
import type { ServerStatus, StreamStatus, WhatIfAnswer } from '../../domain/status.ts';
import { parseDurationMs } from '../../domain/text/units.ts';
import { type ApiClient, listOf } from '../api-client.ts';
import { type Command, CommandFailure, DONE, type Invocation, Misuse, optionOf, SERVER_OPTIONS } from '../command.ts';
import { connect } from '../connection.ts';
import { staleOf } from '../stale-remark.ts';
import { serverName } from './servers.ts';

const DEFAULT_TIMEOUT = '5m';
const POLL_MS = 500;
/** Of the streams that stay; more would hide the reasons. */
const MAX_NAMED = 20;

export const drain: Command = {
  name: 'drain',
  summary: 'Move every stream of a server to the others, one by one, and give it no new ones',
  positionals: [{ name: 'SERVER' }],
  options: {
    wait: { summary: 'end when the server has nothing more, or fail and name what stays' },
    timeout: { value: 'TIME', summary: `how long to wait, like 90s or 10m (default ${DEFAULT_TIMEOUT})` },
    ...SERVER_OPTIONS,
  },
  details: [
    'For maintenance. It stays in the herd and redirects viewers; it stays drained when it is started again, until',
    '"streamherd undrain" takes the drain back.',
  ],
  example: 'drain s02 --wait',
  async run(invocation) {
    const { options, terminal } = invocation;
    const timeoutMs = timeoutOf(invocation);
    const { api, server, answer } = await order(invocation, 'drain');
    if (options.has('wait')) await untilDrained(api, server, timeoutMs);
    if (options.has('json')) terminal.printJson(answer ?? {});
    else if (options.has('wait')) terminal.print(`${server} is drained`);
    else terminal.print(`${server} is draining: its streams move to the others`);
    return DONE;
  },
};

export const undrain: Command = {
  name: 'undrain',
  summary: 'Let a drained server have streams again',
  positionals: [{ name: 'SERVER' }],
  options: SERVER_OPTIONS,
  example: 'undrain s02',
  async run(invocation) {
    const { server, answer } = await order(invocation, 'undrain');
    if (invocation.options.has('json')) invocation.terminal.printJson(answer ?? {});
    else invocation.terminal.print(`${server} takes streams again`);
    return DONE;
  },
};

async function order(invocation: Invocation, what: 'drain' | 'undrain') {
  const server = serverName(invocation.positionals[0]);
  const api = await connect(invocation);
  const answer = await api.change('POST', `servers/${encodeURIComponent(server)}/${what}`);
  return { api, server, answer };
}

/** @throws Misuse */
function timeoutOf(invocation: Invocation): number {
  const text = optionOf(invocation, 'timeout');
  if (text !== undefined && !invocation.options.has('wait')) throw new Misuse('--timeout is for --wait');
  const ms = parseDurationMs(text ?? DEFAULT_TIMEOUT);
  if (ms === undefined) throw new Misuse(`--timeout ${text}: expected a duration like 90s or 10m`);
  return ms;
}

/** @throws CommandFailure when the server has not become drained in time: names what stays, and why. */
async function untilDrained(api: ApiClient, server: string, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const { items } = await api.list<ServerStatus>('servers', 'servers');
    const state = items.find(({ name }) => name === server)?.state ?? 'not there any more';
    if (state === 'drained') return;
    if (state !== 'draining' && state !== 'up') throw new CommandFailure(`${server} is ${state}`);
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) throw new CommandFailure(`${server} is not drained yet: ${await whatStays(api, server)}`);
    await pause(Math.min(POLL_MS, leftMs));
  }
}

async function whatStays(api: ApiClient, server: string): Promise<string> {
  const { answer, items } = await api.list<StreamStatus>('streams', 'streams');
  const names = items.filter((stream) => stream.server === server).map(({ name }) => name);
  if (names.length === 0) return 'it has no stream, and has not said yet that it is drained';
  const stale = staleOf(answer);
  if (stale !== undefined) return `${named(names)}; nothing is moved since ${stale.since}: ${stale.why}`;
  const planned = await api.get(`what-if?without=${encodeURIComponent(server)}`);
  const { items: nowhere } = listOf<WhatIfAnswer['nowhere'][number]>(planned, 'nowhere');
  const whys = new Map(nowhere.map(({ stream, why }) => [stream, why]));
  return named(names, (name) => whys.get(name) ?? 'it is about to be handed over');
}

function named(names: readonly string[], whyOf: (name: string) => string | undefined = () => undefined): string {
  const shown = names.slice(0, MAX_NAMED).map((name) => {
    const why = whyOf(name);
    return why === undefined ? name : `${name} (${why})`;
  });
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `it still has ${shown.join(', ')}${more}`;
}
