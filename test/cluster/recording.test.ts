import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parseIndex } from '../../src/archive/pack/pack-index.ts';
import { eventually } from '../support/eventually.ts';
import { withHerd } from '../support/herd.ts';
import type { HerdServer } from '../support/herd-server.ts';
import { type RecordedPack, recordedPacks } from '../support/recorded-frames.ts';
import { suite } from '../support/suite.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { TestHerd } from '../support/test-herd.ts';

const test = suite('cluster/recording', { deadlineMs: 200_000 });

const FIXTURE = (name: string) => new URL(`../../../test/fixtures/${name}`, import.meta.url).href;
const HOUR_MS = 3_600_000;
/** From the start of the servers to the next full hour of their clocks. */
const HOUR_IN_MS = 40_000;
const FRAME_MS = 100;
/** Between the start that is written down for a segment and the moment of its first frame by the camera's clock. */
const INEXACT_MS = 2000;
/**
 * Shorter pauses cannot be told from the inexact starts of segments: half a second by the clock, and the age of the key frame that a camera
 * begins with, by which the clock of a capture is late.
 */
const LEAST_GAP_MS = 1500;
const STREAMS = ['cam1', 'cam2', 'cam3'];

interface Clocked {
  readonly herd: TestHerd;
  /** By how much the clocks of the servers are ahead of the cameras'. */
  readonly aheadMs: number;
  /** Has a file for each worker thread of the servers; see mortal-threads.mjs. */
  readonly threads: string;
}

/** A herd of two whose clocks are soon at a full hour. */
async function withClockedHerd(body: (clocked: Clocked) => Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  const aheadMs = HOUR_MS - HOUR_IN_MS - (Date.now() % HOUR_MS);
  const env = {
    NODE_OPTIONS: `--import=${FIXTURE('clock-ahead.mjs')} --import=${FIXTURE('mortal-threads.mjs')}`,
    CLOCK_AHEAD_MS: String(aheadMs),
    MORTAL_THREADS: folder.path,
  };
  await withHerd({ servers: 2, cameras: STREAMS.length, dvr: true, otherwise: { s1: { env }, s2: { env } } }, (herd) =>
    body({ herd, aheadMs, threads: folder.path }),
  );
}

const packsOf = (server: HerdServer, stream: string) => recordedPacks(join(server.dataDir, 'archive'), stream);

async function allPacks(herd: TestHerd, stream: string): Promise<readonly RecordedPack[]> {
  return (await Promise.all(herd.servers.map((server) => packsOf(server, stream)))).flat();
}

function framesIn(packs: readonly RecordedPack[]): readonly number[] {
  return packs.flatMap(({ frames }) => frames).sort((one, other) => one - other);
}

/** Each stream has so many more seconds recorded. */
async function recordedFor(herd: TestHerd, seconds: number): Promise<void> {
  const count = async (stream: string) => framesIn(await allPacks(herd, stream)).length;
  const before = await Promise.all(STREAMS.map(count));
  await eventually(
    `${seconds} more seconds of each stream are recorded`,
    async () => {
      const now = await Promise.all(STREAMS.map(count));
      return now.every((frames, index) => frames >= (before[index] ?? 0) + (seconds * 1000) / FRAME_MS);
    },
    { deadlineMs: 60_000, everyMs: 500 },
  );
}

/** Worker threads of archives that run now or did: the names of their marks begin with the thread's number. */
async function archiveThreads(folder: string): Promise<readonly string[]> {
  const marks = (await readdir(folder)).filter((name) => name.endsWith(' archive-worker.js'));
  return [...new Set(marks.map((name) => name.split(' ')[0] ?? ''))];
}

interface Gap {
  readonly from: number;
  readonly duration: number;
  readonly why: string;
}

async function gapsOf(server: HerdServer, stream: string): Promise<readonly Gap[]> {
  const answer = await fetch(`${server.url}/${stream}/recording_status.json?detail=1`);
  const [status] = (await answer.json()) as readonly { readonly gaps?: readonly Gap[] }[];
  return status?.gaps ?? [];
}

/** Every frame from the first to the last is recorded, or its time is told as a gap with a reason; in no pack is one missing or twice. */
function assertCounted(stream: string, packs: readonly RecordedPack[], gaps: readonly Gap[], aheadMs: number): void {
  const problems: string[] = [];
  for (const { name, frames } of packs) {
    const isEven = frames.every((frame, index) => index === 0 || frame === (frames[index - 1] ?? 0) + 1);
    if (!isEven) problems.push(`${name} has frames ${frames.join(' ')}`);
  }
  const there = framesIn(packs);
  for (const [index, frame] of there.entries()) {
    const before = there[index - 1] ?? frame;
    const isTold = gaps.some(
      ({ from, duration, why }) =>
        why !== '' &&
        (before + 1) * FRAME_MS + aheadMs >= from * 1000 - INEXACT_MS &&
        frame * FRAME_MS + aheadMs <= (from + duration) * 1000 + INEXACT_MS,
    );
    if ((frame - before - 1) * FRAME_MS >= LEAST_GAP_MS && !isTold)
      problems.push(`nothing is recorded between frames ${before} and ${frame}, and no gap is told`);
  }
  const shown = packs.map(({ name, frames }) => `${name}: frames ${frames[0]} to ${frames.at(-1)}`);
  assert.equal(problems, [], [`${stream}, clocks ${aheadMs} ms ahead`, JSON.stringify(gaps), ...shown].join('\n'));
}

test('every frame from the first to the last is recorded, or in a gap with a reason, whatever faults happen in between', async () => {
  await withClockedHerd(async ({ herd, aheadMs, threads }) => {
    const [first, second] = [herd.server('s1'), herd.server('s2')];
    await recordedFor(herd, 3);
    for (const pid of second.capturePids) process.kill(pid, 'SIGKILL');
    await herd.whole();
    await recordedFor(herd, 3);
    for (const thread of await archiveThreads(threads)) await writeFile(join(threads, `die ${thread}`), '');
    await recordedFor(herd, 3);
    await herd.bus.put('cam3', {
      ...{ inputs: [herd.cameras.url('cam3')], dvr: { keep: '1d' } },
      transcoder: { vcodec: 'copy', an: true },
    });
    await recordedFor(herd, 3);
    first.kill('SIGKILL');
    await first.ended();
    await recordedFor(herd, 3);
    await first.start();
    await herd.atRest();
    await eventually(
      'each stream has recordings of two hours',
      async () => {
        const hours = STREAMS.map(async (stream) => new Set((await allPacks(herd, stream)).map(hourOf)).size);
        return (await Promise.all(hours)).every((count) => count === 2);
      },
      { deadlineMs: HOUR_IN_MS, everyMs: 500 },
    );
    await recordedFor(herd, 3);
    const gaps = new Map<string, readonly Gap[]>();
    for (const stream of STREAMS) gaps.set(stream, await gapsOf(first, stream));
    for (const server of herd.servers) {
      server.kill('SIGTERM');
      await server.ended();
    }
    for (const stream of STREAMS) {
      const packs = await allPacks(herd, stream);
      assertCounted(stream, packs, gaps.get(stream) ?? [], aheadMs);
    }
    assert.equal(await openIndexes(herd), [], 'a server that leaves closes its packs');
  });
});

function hourOf({ name }: RecordedPack): string {
  return name.split('/').slice(1, -1).join('/');
}

/** Of packs that are not closed. */
async function openIndexes(herd: TestHerd): Promise<readonly string[]> {
  const open: string[] = [];
  for (const { dataDir } of herd.servers) {
    const root = join(dataDir, 'archive');
    for (const file of (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.m3u8'))) {
      if (parseIndex(await readFile(join(root, file), 'utf8')).closing === undefined) open.push(file);
    }
  }
  return open;
}

test.run();
