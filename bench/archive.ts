import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Catalogue } from '../src/archive/catalogue/catalogue.ts';
import { ListedSegments } from '../src/archive/catalogue/listed-segments.ts';
import { NodeDisk } from '../src/archive/disk/node-disk.ts';
import { completeSummary, type PackFacts, SUMMARY_FILE } from '../src/archive/pack/day-summary.ts';
import { indexText } from '../src/archive/pack/index-text.ts';
import { dayFolder, HOUR_MS } from '../src/archive/pack/pack-name.ts';
import { indexPath, mediaPath, type PackPlace } from '../src/archive/pack/pack-reading.ts';
import { ClockRule } from '../src/archive/retention/clock-rule.ts';
import { Retention } from '../src/archive/retention/retention-round.ts';
import { PROCESS_CLOCK } from '../src/host/clock.ts';
import { recordingRows } from './archive-writing.ts';
import type { Bench, Row } from './bench.ts';
import { retentionBesideBeats } from './retention-beside-beats.ts';
import { segmentsBeside } from './retention-beside-recording.ts';

const STREAMS = 200;
const DAYS = 30;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
const BEGIN_MS = Date.UTC(2026, 9, 1);
const SEGMENT_MS = 2000;
const SEGMENTS = HOUR_MS / SEGMENT_MS;
const TIMES = 20;
const PACK_BYTES = SEGMENTS * 188_000;
/** Packs that the start looks at file by file, and that retention removes. */
const DAYS_WITH_FILES = new Set([0, DAYS - 2, DAYS - 1]);

/** Measures a start with 200 streams × 30 days, and what recording costs compared with writing the same bytes to plain files. */
export async function bench(): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'streamherd-archive-'));
  try {
    return {
      name: 'archive',
      rows: [
        ...(await listing(join(root, 'listed'))),
        await removalRow(join(root, 'removed')),
        ...(await recordingRows(join(root, 'written'))),
      ],
    };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function listing(root: string): Promise<readonly Row[]> {
  for (let stream = 0; stream < STREAMS; stream += 1) await makeStream(root, placeOf(root, stream));
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  const disk = new NodeDisk();
  const catalogue = new Catalogue({ disk, server: 's01', onProblem: (problem) => console.error(problem) });
  let recent: Cost = { wallMs: 0, processorMs: 0 };
  const loaded = await costOf(async (soFar) => {
    await catalogue.load([root], () => {
      recent = soFar();
    });
  });
  global.gc?.();
  const heapMb = (process.memoryUsage().heapUsed - before) / 1e6;
  const month = { fromMs: BEGIN_MS, untilMs: BEGIN_MS + DAYS * DAY_MS };
  const ranges = await costOf(async () => {
    for (let time = 0; time < TIMES; time += 1) catalogue.timeline('cam7', month);
  });
  const listed = new ListedSegments({ disk, catalogue, onProblem: (problem) => console.error(problem) });
  const day = { fromMs: month.untilMs - DAY_MS, untilMs: month.untilMs };
  const first = await costOf(() => listed.blocks('cam0', day));
  const again = await costOf(() => listed.blocks('cam0', day));
  return [
    row('newest two days of all streams known', recent),
    row(`${STREAMS} streams × ${DAYS} days known`, loaded),
    row('ranges and gaps of 30 days of a stream', ranges, TIMES),
    row('43,200 segments of a day of a stream, first time', first),
    row('the same again', again),
    ...(await retentionRows(root, catalogue)),
    { what: 'memory for all packs', time: `${heapMb.toFixed(0)} MB`, processor: '' },
  ];
}

async function retentionRows(root: string, catalogue: Catalogue): Promise<readonly Row[]> {
  const nowMs = BEGIN_MS + DAYS * DAY_MS;
  const clock = { ...PROCESS_CLOCK, unixMs: () => nowMs };
  const clockRule = new ClockRule({ monotonicMs: clock.now(), unixMs: nowMs });
  const ignore = () => {};
  const retention = new Retention({
    disk: new NodeDisk(),
    clock,
    catalogue,
    clockRule,
    reserveOf: () => 0,
    onRemoved: ignore,
    onProblem: (problem) => console.error(problem),
  });
  const ruleOf = () => ({ keepMs: (DAYS - 1) * DAY_MS });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let cost: Cost = { wallMs: 0, processorMs: 0 };
  const { usualMs, besideMs } = await segmentsBeside(join(root, '..', 'beside'), async () => {
    delay.reset();
    cost = await costOf(async () => {
      const { removedPacks } = await retention.round({ roots: [root], ruleOf, isDebt: () => false });
      if (removedPacks !== STREAMS * 24) throw new Error(`${removedPacks} packs were removed`);
    });
  });
  delay.disable();
  const longest = `${(delay.max / 1e6).toFixed(0)} ms`;
  return [
    row('retention of a day of all streams, while 100 streams of 2 Mb/s are recorded beside it', cost),
    {
      what: 'meanwhile a segment from its end to its being recorded, at most; without retention',
      time: `${besideMs.toFixed(0)} ms; ${usualMs.toFixed(0)} ms`,
      processor: '',
    },
    { what: 'for which the thread of the archive does nothing else at a time, at most', time: longest, processor: '' },
  ];
}

/** As many packs as those of the rows above, at a real server: up to now, since after a long pause it would not trust its clock. */
function removalRow(root: string): Promise<Row> {
  const beginMs = Math.floor(Date.now() / HOUR_MS - 24) * HOUR_MS;
  return retentionBesideBeats(root, STREAMS * 24, async (home) => {
    for (let stream = 0; stream < STREAMS; stream += 1) {
      const place = { stream: `old${stream}`, server: home, folder: join(root, `old${stream}`) };
      const packs = Array.from({ length: 24 }, (_, hour) => {
        return { ...factsOf(beginMs + hour * HOUR_MS), home, keepMs: MINUTE_MS };
      });
      const [first, second] = [packs.filter(isOn(beginMs)), packs.filter((pack) => !isOn(beginMs)(pack))];
      for (const day of [first, second]) if (day.length > 0) await makeDay(place, day, true);
    }
  });
}

/** Whether a pack belongs to the day of `atMs`. */
function isOn(atMs: number): (pack: PackFacts) => boolean {
  return ({ startMs }) => dayFolder(startMs) === dayFolder(atMs);
}

async function makeStream(root: string, place: PackPlace): Promise<void> {
  for (let day = 0; day < DAYS; day += 1) {
    const packs = Array.from({ length: 24 }, (_, hour) => factsOf(BEGIN_MS + day * DAY_MS + hour * HOUR_MS));
    await makeDay(place, packs, DAYS_WITH_FILES.has(day));
  }
  await mkdir(root, { recursive: true });
}

async function makeDay(place: PackPlace, packs: readonly PackFacts[], hasFiles: boolean): Promise<void> {
  const folder = join(place.folder, dayFolder(packs[0]?.startMs ?? 0));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, SUMMARY_FILE), completeSummary(packs));
  if (hasFiles) for (const pack of packs) await makeFiles(place, pack);
}

async function makeFiles(place: PackPlace, pack: PackFacts): Promise<void> {
  const media = mediaPath(place, pack);
  await mkdir(dirname(media), { recursive: true });
  const file = await open(media, 'w');
  // Sparse: a file of that length that takes no room.
  await file.truncate(pack.bytes);
  await file.close();
  const isWhole = place.stream === 'cam0';
  await writeFile(indexPath(place, pack), isWhole ? indexOf(place, pack) : '');
}

function indexOf({ stream }: PackPlace, pack: PackFacts): string {
  const entries = Array.from({ length: SEGMENTS }, (_, index) => ({
    number: pack.firstNumber + index,
    startMs: pack.startMs + index * SEGMENT_MS,
    durationMs: SEGMENT_MS,
    at: index * 188_000,
    bytes: 188_000,
    sha256: '0123456789abcdef',
  }));
  const { epoch, home, bytes, why = '' } = pack;
  const closing = { bytes, segments: SEGMENTS, sha256: '00'.repeat(32), home, epoch, why };
  return indexText({ ...pack, stream, server: 's01', segmentMs: SEGMENT_MS }, { gaps: [], entries, closing });
}

function factsOf(startMs: number): PackFacts {
  const firstNumber = Math.floor(startMs / SEGMENT_MS);
  return {
    epoch: 4711,
    firstNumber,
    startMs,
    lastNumber: firstNumber + SEGMENTS - 1,
    endMs: startMs + HOUR_MS,
    bytes: PACK_BYTES,
    home: 's01',
    why: 'the hour is over',
    keepMs: undefined,
    gaps: [],
  };
}

function placeOf(root: string, stream: number): PackPlace {
  return { stream: `cam${stream}`, server: 's01', folder: join(root, `cam${stream}`) };
}

interface Cost {
  readonly wallMs: number;
  readonly processorMs: number;
}

async function costOf(task: (soFar: () => Cost) => Promise<unknown>): Promise<Cost> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  const soFar = () => {
    const { user, system } = process.cpuUsage(before);
    return { wallMs: performance.now() - startMs, processorMs: (user + system) / 1000 };
  };
  await task(soFar);
  return soFar();
}

function row(what: string, { wallMs, processorMs }: Cost, times = 1): Row {
  return { what, time: msText(wallMs / times), processor: msText(processorMs / times) };
}

function msText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}
