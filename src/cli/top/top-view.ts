import type { PushStatus } from '../../domain/push/push-status.ts';
import type { ServerStatus, StreamStatus } from '../../domain/status.ts';
import { scrubText } from '../../domain/text/secrets.ts';
import { age } from '../table.ts';
import { type Column, cut, type Line, type Tone, tableLines } from './columns.ts';
import type { HerdState } from './herd-state.ts';
import type { Choice, Sort } from './top-keys.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** In Unix milliseconds. */
export interface Times {
  readonly nowMs: number;
  /** When the server was heard last. */
  readonly heardMs: number;
}

export interface Shown {
  readonly lines: readonly Line[];
  /** How many streams the screen has room for. */
  readonly page: number;
  /** Streams above the first one that is shown. */
  readonly scrolled: number;
}

/** The server says something at least every 15 s. */
const SILENT_MS = 20_000;
/** Of the rows, at most: streams are what is looked at. */
const SERVERS_SHARE = 1 / 3;
const KEYS = 'q quit  / filter  sort: s state n name v server b rate a age  r reverse  arrows scroll';

/** The screen of `top`: exactly as many lines as it has rows, none longer than its columns. */
export function topView(state: HerdState, choice: Choice, { columns, rows }: Size, times: Times): Shown {
  const { nowMs } = times;
  const streams = chosen(state, choice, nowMs);
  const servers = serverRows(state);
  const shownServers = servers.slice(0, Math.max(1, Math.floor((rows - 6) * SERVERS_SHARE)));
  const head = [headLine(state), ...remarkLines(state, times)];
  const page = Math.max(0, rows - head.length - shownServers.length - 4);
  const from = Math.max(0, Math.min(choice.scrolled, streams.length - page));
  const lines: readonly Line[] = [
    ...head,
    ...tableLines(SERVER_COLUMNS, shownServers, columns),
    { text: '', tone: 'plain' },
    ...tableLines(streamColumns(nowMs), streams.slice(from, from + page), columns),
  ];
  const foot = footLine(choice, { from, page, all: streams.length });
  const fitting = lines.slice(0, Math.max(0, rows - 1));
  const empty = Array.from(
    { length: Math.max(0, rows - 1 - fitting.length) },
    (): Line => ({ text: '', tone: 'plain' }),
  );
  return {
    lines: [...fitting, ...empty, foot].slice(-rows).map(({ text, tone }) => ({ text: cut(text, columns), tone })),
    page: Math.max(1, page),
    scrolled: from,
  };
}

function headLine({ streams, servers }: HerdState): Line {
  const all = [...streams.values()];
  const live = all.filter(({ state }) => state === 'live').length;
  const stopped = all.filter(({ state }) => state === 'stopped').length;
  const away = all.filter(isAway).length;
  const kbps = all.reduce((sum, { bitrateKbps = 0 }) => sum + bitrateKbps, 0);
  const up = servers.filter(({ state }) => state === 'up').length;
  const rest = all.length - live - stopped;
  const parts = [
    `${up} of ${servers.length} servers up`,
    `${live} of ${all.length} streams live`,
    ...(rest > 0 ? [`${rest} NOT`] : []),
    ...(stopped > 0 ? [`${stopped} disabled`] : []),
    ...(away > 0 ? [`${away} away from home`] : []),
    rateText(kbps),
  ];
  return { text: `streamherd  ${parts.join(', ')}`, tone: rest > 0 || up < servers.length ? 'doubtful' : 'head' };
}

function remarkLines({ stale, trouble }: HerdState, { nowMs, heardMs }: Times): readonly Line[] {
  const silentMs = nowMs - heardMs;
  const remarks = [
    ...(trouble === undefined ? [] : [`${trouble}; asking again`]),
    ...(trouble === undefined && silentMs > SILENT_MS
      ? [`the server has said nothing for ${Math.floor(silentMs / 1000)} s`]
      : []),
    ...(stale === null ? [] : [`stale since ${stale.since}: ${stale.why}`]),
  ];
  return remarks.map((text) => ({ text, tone: 'bad' }));
}

interface ServerRow {
  readonly server: ServerStatus;
  readonly load: string;
  readonly kbps: number;
}

/** `load`: its streams, relative to its share of all of them. */
function serverRows({ servers, streams }: HerdState): readonly ServerRow[] {
  const up = servers.filter(({ state }) => state === 'up');
  const capacity = up.reduce((sum, server) => sum + server.capacity, 0);
  const owned = up.reduce((sum, server) => sum + server.streams, 0);
  return servers.map((server) => {
    const share = (owned * server.capacity) / capacity;
    const load = server.state === 'up' && share > 0 ? `${Math.round((100 * server.streams) / share)}%` : '-';
    const own = [...streams.values()].filter((stream) => stream.server === server.name);
    return { server, load, kbps: own.reduce((sum, { bitrateKbps = 0 }) => sum + bitrateKbps, 0) };
  });
}

const SERVER_COLUMNS: readonly Column<ServerRow>[] = [
  { head: 'SERVER', text: ({ server }) => server.name, rank: 0, tone: ({ server }) => serverTone(server) },
  { head: 'STATE', text: ({ server }) => server.state, rank: 0 },
  { head: 'STREAMS', text: ({ server }) => String(server.streams), rank: 1, isNumber: true },
  { head: 'LOAD', text: ({ load }) => load, rank: 2, isNumber: true },
  { head: 'RATE', text: ({ kbps }) => rateText(kbps), rank: 3, isNumber: true },
  { head: 'PROBLEMS', text: ({ server }) => problemsText(server), rank: 4, isLast: true },
];

function problemsText({ state, why, problems = [] }: ServerStatus): string {
  return [...(state === 'up' ? [] : [why]), ...problems.map(({ kind, why: what }) => `${kind}: ${what}`)].join('; ');
}

function serverTone({ state, problems = [] }: ServerStatus): Tone {
  if (state === 'down') return 'bad';
  return state === 'up' && problems.length === 0 ? 'good' : 'doubtful';
}

function streamColumns(nowMs: number): readonly Column<StreamStatus>[] {
  return [
    { head: 'STREAM', text: ({ name }) => name, rank: 0, tone: streamTone },
    { head: 'STATE', text: ({ state }) => state, rank: 0 },
    { head: 'SERVER', text: ({ server = '-' }) => server, rank: 1 },
    { head: 'HOME', text: (stream) => (isAway(stream) ? `not ${homeOf(stream)}` : ''), rank: 3 },
    {
      head: 'RATE',
      text: ({ bitrateKbps }) => (bitrateKbps === undefined ? '-' : rateText(bitrateKbps)),
      rank: 2,
      isNumber: true,
    },
    { head: 'FOR', text: ({ since }) => age(since, nowMs), rank: 4, isNumber: true },
    {
      head: 'ERROR',
      text: ({ error, remark, refused, state, why, pushes = [] }) =>
        scrubText(error ?? refused ?? remark ?? failingPush(pushes) ?? (state === 'live' ? '' : why)),
      rank: 5,
      isLast: true,
    },
  ];
}

function failingPush(pushes: readonly PushStatus[]): string | undefined {
  const failing = pushes.find(({ state }) => state === 'failing');
  return failing && `push to ${failing.to} fails: ${failing.why}`;
}

function streamTone({ state, error, remark, refused }: StreamStatus): Tone {
  if (state === 'stopped') return 'quiet';
  if (state !== 'live') return state === 'connecting' || state === 'claiming' ? 'doubtful' : 'bad';
  return (error ?? remark ?? refused) === undefined ? 'good' : 'doubtful';
}

function isAway(stream: StreamStatus): boolean {
  const home = homeOf(stream);
  return stream.server !== undefined && home !== undefined && home !== stream.server;
}

function homeOf({ home, captureAt }: StreamStatus): string | undefined {
  return home ?? captureAt;
}

function chosen({ streams }: HerdState, { filter, sort, isReversed }: Choice, nowMs: number): readonly StreamStatus[] {
  const wanted = filter.toLowerCase();
  const found = [...streams.values()].filter((stream) => {
    const { name, server = '', state, error = '', title = '' } = stream;
    return wanted === '' || [name, server, state, error, title].some((text) => text.toLowerCase().includes(wanted));
  });
  const order = ORDERS[sort];
  const byName = (one: StreamStatus, other: StreamStatus) => (one.name < other.name ? -1 : 1);
  found.sort((one, other) => order(one, other, nowMs) || byName(one, other));
  return isReversed ? found.reverse() : found;
}

/** What needs an operator comes first. */
const URGENCY: readonly StreamStatus['state'][] = [
  'idle',
  'stalled',
  'backing-off',
  'stopping',
  'handing-back',
  'claiming',
  'connecting',
  'live',
  'stopped',
];

const ORDERS: Readonly<Record<Sort, (one: StreamStatus, other: StreamStatus, nowMs: number) => number>> = {
  state: (one, other) => urgencyOf(one) - urgencyOf(other),
  name: () => 0,
  server: (one, other) => textOrder(one.server, other.server),
  rate: (one, other) => (other.bitrateKbps ?? -1) - (one.bitrateKbps ?? -1),
  age: (one, other) => textOrder(other.since, one.since),
};

/** A live stream with an error comes before one without. */
function urgencyOf(stream: StreamStatus): number {
  const at = URGENCY.indexOf(stream.state);
  return stream.state === 'live' && streamTone(stream) !== 'good' ? at - 0.5 : at;
}

function textOrder(one = '', other = ''): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function footLine(
  { filter, isTyping, sort, isReversed }: Choice,
  { from, page, all }: { from: number; page: number; all: number },
): Line {
  if (isTyping) return { text: `filter: ${filter}_`, tone: 'head' };
  const shown = all > page ? `${Math.min(from + 1, all)}-${Math.min(from + page, all)} of ${all}  ` : '';
  const filtered = filter === '' ? '' : `filter "${filter}" (Esc clears)  `;
  return { text: `${shown}${filtered}by ${sort}${isReversed ? ', reversed' : ''}  ${KEYS}`, tone: 'quiet' };
}

function rateText(kbps: number): string {
  return kbps >= 1000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbps)} kbit/s`;
}
