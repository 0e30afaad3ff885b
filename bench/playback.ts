import { someAtOnce } from '../src/domain/gate.ts';
import { MADE_SEGMENT_MS, type MadePack } from '../test/support/archive/made-archive.ts';
import { type MadeServer, madeHerd } from '../test/support/archive/made-herd.ts';
import type { Bench, Row } from './bench.ts';
import { recordedDayRows } from './recorded-day.ts';

const HOUR_S = 3600;
const SEGMENTS = (HOUR_S * 1000) / MADE_SEGMENT_MS;
const DAYS = 30;
const START_S = 1_795_305_600;
const RUNS = 7;
/** The owner changes so often. */
const HOURS_AN_OWNER = 5;
const CLIENTS = 1000;
/** A socket that listens holds some hundred that wait for it. */
const CLIENTS_AT_ONCE = 200;

/** Thirty days of a stream whose owners took turns, as three servers have them, each in its memory. */
function month(): Record<string, MadePack[]> {
  const held: Record<string, MadePack[]> = { s01: [], s02: [], s03: [] };
  for (let hour = 0; hour < DAYS * 24; hour += 1) {
    const turn = Math.floor(hour / HOURS_AN_OWNER);
    const isContinued = hour % HOURS_AN_OWNER > 0;
    const startMs = (START_S + hour * HOUR_S) * 1000;
    const first = hour * SEGMENTS + turn * 100;
    held[`s0${(turn % 3) + 1}`]?.push({
      stream: 'cam01',
      epoch: turn + 1,
      first,
      count: SEGMENTS,
      startMs,
      isContinued,
    });
  }
  return held;
}

/** What any server answers of recordings, once it is known which there are: lists, ranges, and a thousand clients at once. */
export async function bench(): Promise<Bench> {
  await using herd = await madeHerd(month(), { unixMs: () => (START_S + DAYS * 86_400) * 1000 });
  const [server] = herd.servers;
  if (server === undefined) throw new Error('no server was made');
  const day = `/cam01/archive-${START_S + 86_400}-86400.m3u8`;
  const whole = `/cam01/archive-${START_S}-${DAYS * 86_400}.m3u8`;
  const rows: Row[] = [
    row('ranges of 30 days, first time', [await timeOf(server, '/cam01/recording_status.json')]),
    row('the same again', await again(server, '/cam01/recording_status.json')),
    row('list of a day, 43,200 segments of three servers, first time', [await timeOf(server, day)]),
    row('the same again', await again(server, day)),
    row('another day that begins within it', await again(server, `/cam01/archive-${START_S + 90_000}-80000.m3u8`)),
    row('list of 30 days, 1,296,000 segments, first time', [await timeOf(server, whole)]),
  ];
  const begins = Array.from({ length: CLIENTS }, (_, n) => START_S + n * 2000);
  const all = await costOf(() =>
    someAtOnce(begins, CLIENTS_AT_ONCE, (fromS) => asked(server, `/cam01/archive-${fromS}-3600.m3u8`)),
  );
  rows.push(row(`${CLIENTS} clients, ${CLIENTS_AT_ONCE} at a time, an hour each, other hours: each`, [all], CLIENTS));
  rows.push(...(await recordedDayRows()));
  return { name: 'Playback of recordings, over HTTP on loopback, servers and client in one thread', rows };
}

interface Cost {
  readonly clockMs: number;
  readonly processorMs: number;
}

async function again(server: MadeServer, target: string): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run += 1) costs.push(await timeOf(server, target));
  return costs;
}

function timeOf(server: MadeServer, target: string): Promise<Cost> {
  return costOf(() => asked(server, target));
}

async function asked({ url }: MadeServer, target: string): Promise<void> {
  const response = await fetch(url + target);
  if (response.status !== 200) throw new Error(`${target}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { clockMs: performance.now() - startMs, processorMs: (user + system) / 1000 };
}

/** Medians. */
function row(what: string, costs: readonly Cost[], times = 1): Row {
  const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
  return {
    what,
    time: ms(median(costs.map(({ clockMs }) => clockMs)) / times),
    processor: ms(median(costs.map(({ processorMs }) => processorMs)) / times),
  };
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}
