import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { tempFolder } from './temp-folder.ts';

/**
 * A small test picture with a clock, cut into one-second MPEG-TS segments as a capture would. `isHeavy`: 20 Mb/s, so that what the
 * kernel keeps for a socket is full after a few seconds.
 */
export async function makeClip({
  seconds,
  size = '160x90',
  fps = 10,
  isHeavy = false,
}: {
  readonly seconds: number;
  readonly size?: string;
  readonly fps?: number;
  readonly isHeavy?: boolean;
}): Promise<Buffer[]> {
  await using folder = await tempFolder();
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${fps}:duration=${seconds}`];
  const heavy = isHeavy ? ['-vf', 'scale=1280x720,noise=alls=20:allf=t', '-qp', '8'] : [];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-keyint_min', '10', '-sc_threshold', '0'];
  const cutting = ['-f', 'segment', '-segment_time', '1', '-segment_format', 'mpegts', join(folder.path, '%03d.ts')];
  await execa('ffmpeg', [
    '-hide_banner',
    '-nostdin',
    '-loglevel',
    'error',
    ...picture,
    ...heavy,
    ...coding,
    ...cutting,
  ]);
  const names = (await readdir(folder.path)).sort();
  return Promise.all(names.map((name) => readFile(join(folder.path, name))));
}
