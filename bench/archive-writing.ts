import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ArchiveRoots } from '../src/archive/disk/archive-roots.ts';
import { BoundedDisk } from '../src/archive/disk/bounded-disk.ts';
import { NodeDisk } from '../src/archive/disk/node-disk.ts';
import { Recorder } from '../src/archive/recording/recorder.ts';
import type { RecorderEvent } from '../src/archive/recording/recorder-event.ts';
import { PROCESS_CLOCK } from '../src/host/clock.ts';
import type { Row } from './bench.ts';

const KBPS = 2000;
const SEGMENT_MS = 2000;
const CLIP_SECONDS = 20;
const LOOPS = 30;
const STREAMS = 20;
const PACED_STREAMS = 100;
const PACED_SEGMENTS = 12;
const BEGIN_MS = Date.UTC(2026, 9, 1);

interface SegmentFile {
  readonly file: string;
  readonly bytes: number;
}

/** What recording costs beside what a bare ffmpeg takes that writes the same segments; and whether many cameras are recorded in time. */
export async function recordingRows(root: string): Promise<readonly Row[]> {
  const live = join(root, 'live');
  await mkdir(live, { recursive: true });
  const bareMs = await writeSegments(root, live);
  const names = (await readdir(live)).filter((name) => name.endsWith('.ts'));
  const files = await Promise.all(
    names.map(async (name) => ({ file: join(live, name), bytes: (await stat(join(live, name))).size })),
  );
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const perMb = (ms: number) => `${(ms / megabytes).toFixed(2)} ms a MB`;
  const recorded = await atOnce(join(root, 'at-once'), files);
  const paced = await inTime(join(root, 'in-time'), files);
  return [
    { what: 'a bare ffmpeg that writes segments', time: '', processor: perMb(bareMs) },
    { what: 'recording them', time: '', processor: perMb(recorded.processorMs) },
    {
      what: 'bytes written for each byte recorded',
      time: (recorded.writtenBytes / 1e6 / megabytes).toFixed(3),
      processor: '',
    },
    {
      what: `${PACED_STREAMS} streams of ${KBPS / 1000} Mb/s: a segment from its end to its being recorded, at most`,
      time: `${paced.longestMs.toFixed(0)} ms`,
      processor: `${(paced.share * 100).toFixed(0)} % of a core`,
    },
  ];
}

/** @returns its processor time. */
async function writeSegments(root: string, live: string): Promise<number> {
  const clip = join(root, 'clip.ts');
  const rate = ['-b:v', `${KBPS}k`, '-minrate', `${KBPS}k`, '-maxrate', `${KBPS}k`, '-bufsize', `${KBPS}k`];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', '-x264-params', 'nal-hrd=cbr', ...rate];
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-t', String(CLIP_SECONDS)];
  await execa('ffmpeg', ['-v', 'error', '-nostdin', ...picture, ...coding, '-f', 'mpegts', clip]);
  const cutting = ['-f', 'hls', '-hls_time', String(SEGMENT_MS / 1000), '-hls_list_size', '0'];
  const output = ['-hls_segment_filename', join(live, '%d.ts'), join(root, 'list.m3u8')];
  const input = ['-stream_loop', String(LOOPS - 1), '-i', clip, '-c', 'copy'];
  const { stderr } = await execa('ffmpeg', ['-nostdin', '-benchmark', ...input, ...cutting, ...output]);
  const [, user = '0', system = '0'] = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr) ?? [];
  return (Number(user) + Number(system)) * 1000;
}

/** As fast as they are taken. */
async function atOnce(root: string, files: readonly SegmentFile[]) {
  let stored = 0;
  const recorder = await recorderOn(root, ({ type }) => {
    if (type === 'segment.stored') stored += 1;
  });
  const cpu = process.cpuUsage();
  const before = await writtenBytes();
  for (const [index, file] of files.entries()) {
    offer(recorder, `cam${index % STREAMS}`, Math.floor(index / STREAMS), file);
    if (index % STREAMS === STREAMS - 1) await recorder.idle();
  }
  await recorder.close('the bench is over');
  const { user, system } = process.cpuUsage(cpu);
  if (stored !== files.length) throw new Error(`${stored} of ${files.length} segments were recorded`);
  return { processorMs: (user + system) / 1000, writtenBytes: (await writtenBytes()) - before };
}

/** As a hundred cameras send them, one after the other within each two seconds. */
async function inTime(root: string, files: readonly SegmentFile[]) {
  const offeredMs = new Map<string, number>();
  let longestMs = 0;
  let stored = 0;
  const recorder = await recorderOn(root, (event) => {
    if (event.type !== 'segment.stored') return;
    stored += 1;
    const sinceMs = offeredMs.get(`${event.stream}/${event.entry.number}`) ?? 0;
    longestMs = Math.max(longestMs, performance.now() - sinceMs);
  });
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  for (let index = 0; index < PACED_SEGMENTS * PACED_STREAMS; index += 1) {
    const waitMs = beganMs + (index * SEGMENT_MS) / PACED_STREAMS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const stream = `cam${index % PACED_STREAMS}`;
    const number = Math.floor(index / PACED_STREAMS);
    const file = files[index % files.length];
    if (file === undefined) throw new Error('ffmpeg has written no segment');
    offeredMs.set(`${stream}/${100 + number}`, performance.now());
    offer(recorder, stream, number, file);
  }
  await recorder.idle();
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1000 / (performance.now() - beganMs);
  await recorder.close('the bench is over');
  if (stored !== PACED_SEGMENTS * PACED_STREAMS) throw new Error(`${stored} segments were recorded`);
  return { longestMs, share };
}

export async function recorderOn(path: string, tell: (event: RecorderEvent) => void): Promise<Recorder> {
  const common = { disk: new BoundedDisk(new NodeDisk(), [path]), clock: PROCESS_CLOCK, server: 's01' };
  const roots = new ArchiveRoots({
    ...{ ...common, paths: [path], knownIds: new Map() },
    onIdentity: async () => {},
    onChange: () => {},
  });
  await roots.look();
  return new Recorder({ ...common, roots, tell });
}

export function offer(recorder: Recorder, stream: string, index: number, { file, bytes }: SegmentFile): void {
  const startMs = BEGIN_MS + index * SEGMENT_MS;
  // The same file stands for those of several streams, each with a name of its own.
  const segment = { stream, epoch: 1, number: 100 + index, discontinuity: index === 0, startMs };
  recorder.offer({ ...segment, durationMs: SEGMENT_MS, bytes, file }, { home: 's01', segmentMs: SEGMENT_MS });
}

/** By all calls of this process so far. */
async function writtenBytes(): Promise<number> {
  const [, bytes = '0'] = /^wchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8')) ?? [];
  return Number(bytes);
}
