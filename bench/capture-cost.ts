import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createActor, fromCallback, setup } from 'xstate';
import { ffmpegActor } from '../src/actors/ffmpeg/ffmpeg.ts';
import { StartGate } from '../src/actors/ffmpeg/start-gate.ts';
import { findTools } from '../src/actors/ffmpeg/tools.ts';
import { startCameraProcess } from '../src/demo/cameras/camera-process.ts';
import type { FfmpegInput } from '../src/machines/capture-contract.ts';
import { controlDisk } from '../src/media/disk-places.ts';
import type { Bench, Row } from './bench.ts';
import { processorMs } from './processor-time.ts';

const CAPTURES = 8;
const KBPS = 2000;
const SETTLE_MS = 5000;
const MEASURE_MS = 10_000;

/** What one camera costs a server, compared with an ffmpeg that no server supervises: processor time and memory of each. */
export async function bench(): Promise<Bench> {
  const names = Array.from({ length: CAPTURES }, (_, index) => `cam${index}`);
  await using cameras = await startCameraProcess({ cameras: names, clip: { seconds: 10, kbps: KBPS } });
  const urls = names.map((name) => cameras.url(name));
  const folder = await mkdtemp(join(tmpdir(), 'streamherd-bench-'));
  try {
    const ours = await costOf('streamherd', () => startOurs(urls, join(folder, 'ours')));
    const bare = await costOf('bare ffmpeg -c copy -f hls', () => startBare(urls, join(folder, 'bare')));
    return { name: `capture of ${KBPS / 1000} Mb/s over RTSP, each of ${CAPTURES}`, rows: [ours, bare] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Running {
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

async function costOf(what: string, start: () => Promise<Running>): Promise<Row> {
  const running = await start();
  try {
    await passing(SETTLE_MS);
    const before = await processorMs(running.pids);
    const own = process.cpuUsage();
    await passing(MEASURE_MS);
    const { user, system } = process.cpuUsage(own);
    const usedMs = (await processorMs(running.pids)) - before;
    const each = running.pids.length;
    return {
      what,
      'ffmpeg % of a core': percent(usedMs / each),
      'server % of a core': percent((user + system) / 1000 / each),
      'PSS MB': await memoryMb(running.pids, 'Pss'),
      'RSS MB': await memoryMb(running.pids, 'Rss'),
    };
  } finally {
    await running.stop();
  }
}

async function startOurs(urls: readonly string[], folder: string): Promise<Running> {
  const gate = new StartGate();
  const tools = await findTools();
  const pids: number[] = [];
  const machine = setup({
    types: { context: {} as FfmpegInput, input: {} as FfmpegInput, events: {} as { type: string; pid: number } },
    actors: { ffmpeg: fromCallback(ffmpegActor({ gate, tools, disk: controlDisk(), stands: () => true })) },
  }).createMachine({
    context: ({ input }) => input,
    invoke: { src: 'ffmpeg', input: ({ context }) => context },
    on: { 'ffmpeg.started': { actions: ({ event }) => void pids.push(event.pid) } },
  });
  const actors = urls.map((url, index) => {
    const startNumber = Math.floor(Date.now() / 2000);
    const times = { segmentMs: 2000, sourceTimeoutMs: 10_000, isFirst: true, pushes: () => [] };
    const of = { stream: `cam${index}`, epoch: 1, folder: join(folder, `cam${index}`) };
    const actor = createActor(machine, {
      input: { ...of, ...times, url, profile: undefined, sound: 'tried', startNumber },
    });
    actor.start();
    return actor;
  });
  while (pids.length < urls.length) await passing(50);
  return {
    pids,
    stop: async () => {
      for (const actor of actors) actor.stop();
    },
  };
}

async function startBare(urls: readonly string[], folder: string): Promise<Running> {
  await mkdir(folder, { recursive: true });
  const processes = urls.map((url, index) => {
    const output = ['-c', 'copy', '-f', 'hls', '-hls_time', '2', '-hls_flags', 'delete_segments'];
    const args = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', url, ...output, join(folder, `${index}.m3u8`)];
    return execa('ffmpeg', args, { stdin: 'ignore', reject: false });
  });
  return {
    pids: processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    stop: async () => {
      for (const ffmpeg of processes) ffmpeg.kill('SIGKILL');
      await Promise.all(processes);
    },
  };
}

/** Mean. PSS counts a page that n processes share as an n-th. */
async function memoryMb(pids: readonly number[], kind: 'Pss' | 'Rss'): Promise<number> {
  const kilobytes = await Promise.all(
    pids.map(async (pid) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
      return Number(new RegExp(`^${kind}: +(\\d+) kB`, 'm').exec(rollup)?.[1]);
    }),
  );
  return Math.round(kilobytes.reduce((sum, kB) => sum + kB, 0) / pids.length / 102.4) / 10;
}

function percent(ms: number): number {
  return Math.round((ms / MEASURE_MS) * 10_000) / 100;
}

function passing(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
