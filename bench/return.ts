import { randomBytes } from 'node:crypto';
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Catalogue } from '../src/archive/catalogue/catalogue.ts';
import type { Debt } from '../src/archive/debts/debt.ts';
import type { ArchiveDisk } from '../src/archive/disk/archive-disk.ts';
import { ArchiveRoots } from '../src/archive/disk/archive-roots.ts';
import { BoundedDisk } from '../src/archive/disk/bounded-disk.ts';
import { NodeDisk } from '../src/archive/disk/node-disk.ts';
import { HOUR_MS } from '../src/archive/pack/pack-name.ts';
import { RETURN_SIGNATURE_HEADER, returnTarget, signedText } from '../src/archive/peers/return-request.ts';
import { OpenPack } from '../src/archive/recording/open-pack.ts';
import { Recorder } from '../src/archive/recording/recorder.ts';
import type { RecorderEvent } from '../src/archive/recording/recorder-event.ts';
import { PackReturning } from '../src/archive/returning/one-pack/pack-returning.ts';
import { PROCESS_CLOCK } from '../src/host/clock.ts';
import { clusterSignature } from '../src/host/cluster-signature.ts';
import { homeOf, KEY, SESSION, startHolder } from '../test/support/archive/return-server.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import type { Bench, Row } from './bench.ts';
import { returnBesideBeats } from './return-beside-beats.ts';

const SEGMENT_BYTES = 256 * 1024;
const BIG_SEGMENTS = 2000;
const STREAMS = 50;
const HOURS = 8;
const RUNS = 3;
const LIVE_STREAMS = 50;
const RECORDED_ALONE_MS = 3000;
const BEGIN_MS = Date.UTC(2026, 9, 1);
const NEVER = new AbortController().signal;
const MB = 1e6;

/** What a return costs on loopback: one pack of half a gigabyte from one server to another, and the list of what is owed. */
export async function bench(): Promise<Bench> {
  await using holder = await startHolder({ packs: 0, write: writePacks });
  await using home = await tempFolder();
  using peers = homeOf(holder.media.url);
  const lists: number[] = [];
  let debts: readonly Debt[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const beganMs = performance.now();
    ({ debts } = await peers.debts('s01', undefined, NEVER));
    lists.push(performance.now() - beganMs);
  }
  const big = debts.find(({ bytes }) => bytes > SEGMENT_BYTES * 2);
  if (big === undefined || debts.length !== STREAMS * HOURS + 1) throw new Error(`${debts.length} debts are listed`);
  const returned: number[] = [];
  const alone: number[] = [];
  const beside: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const root = join(home.path, `root${run}`);
    const disk = new BoundedDisk(new NodeDisk(), [root]);
    const roots = await rootsOn(disk, root);
    returned.push(await returnOne(disk, roots, big, holder.media.url));
    await rm(`${root}/big`, { recursive: true });
    alone.push(await longestDelay(disk, roots, home.path, { epoch: 1, until: RECORDED_ALONE_MS }));
    const returning = returnOne(disk, roots, big, holder.media.url);
    beside.push(await longestDelay(disk, roots, home.path, { epoch: 2, until: returning }));
    await rm(root, { recursive: true });
  }
  const curled: number[] = [];
  for (let run = 0; run < RUNS; run += 1) curled.push(await curlOne(join(home.path, 'curled'), big, holder.media.url));
  return {
    name: 'A return over HTTP on loopback, both servers on one disk',
    rows: [
      rate('a pack of 524 MB comes home: fetched, synced, read back, placed, confirmed', big.bytes, returned),
      rate('the same bytes by curl, then sync and sha256sum', big.bytes, curled),
      {
        what: `the first list of ${debts.length} debts, ${HOURS} h × ${STREAMS} streams`,
        time: ms(lists[0] ?? 0),
        rate: '',
      },
      { what: 'the same list again', time: ms(median(lists.slice(1))), rate: '' },
      {
        what: `${LIVE_STREAMS} streams recorded on that disk: longest delay of a segment`,
        time: ms(median(alone)),
        rate: '',
      },
      { what: 'the same while the pack comes home at full speed', time: ms(median(beside)), rate: '' },
      await returnBesideBeats(),
    ],
  };
}

async function writePacks(disk: NodeDisk, folder: string): Promise<void> {
  for (let stream = 0; stream < STREAMS; stream += 1) {
    for (let hour = 0; hour < HOURS; hour += 1) await writePack(disk, folder, `cam${stream}`, hour, 2);
  }
  await writePack(disk, folder, 'big', HOURS, BIG_SEGMENTS);
}

async function writePack(
  disk: NodeDisk,
  folder: string,
  stream: string,
  hour: number,
  segments: number,
): Promise<void> {
  const startMs = BEGIN_MS + hour * HOUR_MS;
  const header = { stream, epoch: 7, firstNumber: 100, startMs, home: 's02', server: 's01', segmentMs: 1800 };
  const place = { stream, folder: join(folder, stream), server: 's01' };
  const pack = await OpenPack.begin({ disk, place, header, gaps: [] }, SEGMENT_BYTES);
  const content = randomBytes(SEGMENT_BYTES);
  for (let index = 0; index < segments; index += 1) {
    const segment = { number: 100 + index, startMs: startMs + index * 1800, durationMs: 1800 };
    await pack.append(segment, content);
  }
  await pack.close('the hour is over');
}

async function rootsOn(disk: ArchiveDisk, root: string): Promise<ArchiveRoots> {
  const roots = new ArchiveRoots({
    ...{ disk, clock: PROCESS_CLOCK, server: 's02', paths: [root], knownIds: new Map() },
    onIdentity: async () => {},
    onChange: () => {},
  });
  await roots.look();
  return roots;
}

/** From the closing of a segment to its being recorded, the longest, while a recorder in this thread gets a segment of each stream every two seconds. */
async function longestDelay(
  disk: ArchiveDisk,
  roots: ArchiveRoots,
  folder: string,
  { epoch, until }: { readonly epoch: number; readonly until: number | Promise<unknown> },
): Promise<number> {
  const file = join(folder, 'segment.ts');
  await writeFile(file, randomBytes(SEGMENT_BYTES));
  const offered = new Map<string, number>();
  let longestMs: number | undefined;
  const tell = (event: RecorderEvent) => {
    if (event.type !== 'segment.stored') return;
    const sinceMs = offered.get(`${event.stream}/${event.entry.number}`) ?? 0;
    longestMs = Math.max(longestMs ?? 0, performance.now() - sinceMs);
  };
  const recorder = new Recorder({ disk, clock: PROCESS_CLOCK, roots, server: 's02', tell, syncMs: 10_000 });
  let isOver = false;
  const over = typeof until === 'number' ? new Promise((resolve) => setTimeout(resolve, until)) : until;
  void over.then(() => {
    isOver = true;
  });
  for (let index = 0; !isOver; index += 1) {
    const stream = `live${index % LIVE_STREAMS}`;
    const number = 100 + Math.floor(index / LIVE_STREAMS);
    offered.set(`${stream}/${number}`, performance.now());
    const time = { startMs: BEGIN_MS + number * 2000, durationMs: 2000 };
    const segment = { stream, epoch, number, discontinuity: false, ...time, bytes: SEGMENT_BYTES, file };
    recorder.offer(segment, { home: 's02', segmentMs: 2000 });
    await new Promise((resolve) => setTimeout(resolve, 2000 / LIVE_STREAMS));
  }
  await recorder.idle();
  await recorder.close('the bench is over');
  // Packs of an epoch that is there already are not begun again.
  if (longestMs === undefined) throw new Error('no segment was recorded: there is no delay to tell');
  return longestMs;
}

async function returnOne(disk: ArchiveDisk, roots: ArchiveRoots, debt: Debt, url: string): Promise<number> {
  using peers = homeOf(url);
  const parts = {
    ...{ disk, clock: PROCESS_CLOCK, server: 's02', roots, peers },
    catalogue: new Catalogue({ disk, server: 's02', onProblem: () => {} }),
    fetchPace: () => async () => {},
    readPace: () => async () => {},
    makeRoom: async () => undefined,
    whyMaybeAway: () => undefined,
    onStored: () => {},
    onWhole: async () => {},
  };
  const confirm = async () => ({ ok: true }) as const;
  const beganMs = performance.now();
  const { ended, why } = await new PackReturning(parts, { from: 's01', debt, confirm }, NEVER).run();
  if (ended !== 'returned') throw new Error(why);
  return performance.now() - beganMs;
}

async function curlOne(file: string, debt: Debt, url: string): Promise<number> {
  const target = returnTarget({ ask: 'media', pack: debt });
  const range = `bytes=0-${debt.bytes - 1}`;
  const signature = clusterSignature('return', KEY, SESSION, signedText({ method: 'GET', target, range, body: '' }));
  const beganMs = performance.now();
  const headers = ['-H', `${RETURN_SIGNATURE_HEADER}: ${signature}`, '-H', `Range: ${range}`];
  await execa('curl', ['-sS', '--fail', ...headers, '-o', file, `${url}${target}`]);
  await execa('sync', ['-d', file]);
  const { stdout } = await execa('sha256sum', [file]);
  const tookMs = performance.now() - beganMs;
  if (!stdout.startsWith(debt.sha256) || (await stat(file)).size !== debt.bytes)
    throw new Error('curl got other bytes');
  await rm(file);
  return tookMs;
}

function rate(what: string, bytes: number, runs: readonly number[]): Row {
  const tookMs = median(runs);
  return { what, time: ms(tookMs), rate: `${Math.round(bytes / MB / (tookMs / 1000))} MB/s` };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
