import { execa } from 'execa';
import { remuxed } from '../src/media/fmp4/remux.ts';
import { headOf } from '../src/media/fmp4/segment-head.ts';
import type { Bench } from './bench.ts';
import { medianOf } from './spread.ts';

const SECONDS = 2;
const ROUNDS = 15;
/** One run is too short for the clock of the processor's time. */
const AT_ONCE = 10;
const ENCODERS = {
  'H.264': ['-c:v', 'libx264', '-preset', 'ultrafast'],
  HEVC: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'],
};

/** What it costs to make a fragment of MP4 of a segment, and to look at its beginning: processor time of this process, warm. */
export async function bench(): Promise<Bench> {
  const rows = [];
  for (const [name, encoder] of Object.entries(ENCODERS)) {
    for (const mbits of [2, 8]) {
      const segment = await made(encoder, mbits);
      const head = headOf(segment);
      if (head === undefined) throw new Error(`nothing of ${name} can be in an MP4`);
      const input = {
        view: 'all',
        tracks: head.tracks,
        time: { ticks: head.ticks, counted: head.ticks },
        number: 1,
      } as const;
      const fragmentMs = processorMs(() => remuxed(segment, input));
      rows.push({
        segment: `${SECONDS} s of ${name}, ${mbits} Mbit/s`,
        bytes: segment.length,
        fragmentMs: Math.round(fragmentMs * 100) / 100,
        'MB a second of a core': Math.round(segment.length / 1000 / fragmentMs),
        soundAloneMs: Math.round(processorMs(() => remuxed(segment, { ...input, view: 'audio' })) * 100) / 100,
        beginningMs: Math.round(processorMs(() => headOf(segment)) * 100) / 100,
      });
    }
  }
  return { name: 'fragments of MP4', rows };
}

/** Noise, so that the encoder needs the rate that it is given. */
async function made(encoder: readonly string[], mbits: number): Promise<Buffer> {
  const sources = [
    ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=25:duration=${SECONDS},noise=alls=20:allf=t`],
    ...['-f', 'lavfi', '-i', `sine=r=48000:d=${SECONDS}`],
  ];
  const rate = ['-b:v', `${mbits}M`, '-maxrate', `${mbits}M`, '-bufsize', `${mbits}M`, '-g', '50'];
  const output = [...encoder, '-pix_fmt', 'yuv420p', ...rate, '-c:a', 'aac', '-f', 'mpegts', 'pipe:1'];
  const { stdout } = await execa('ffmpeg', ['-v', 'error', '-nostdin', ...sources, ...output], { encoding: 'buffer' });
  return Buffer.from(stdout);
}

function processorMs(body: () => unknown): number {
  const took = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let run = 0; run < AT_ONCE; run += 1) body();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / AT_ONCE;
  });
  return medianOf(took);
}
