import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { tempFolder } from './temp-folder.ts';

/** A small test picture with a clock, cut into one-second MPEG-TS segments as a capture would. */
export async function makeClip({
  seconds,
  size = '160x90',
  fps = 10,
}: {
  readonly seconds: number;
  readonly size?: string;
  readonly fps?: number;
}): Promise<Buffer[]> {
  await using folder = await tempFolder();
  const picture = ['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${fps}:duration=${seconds}`];
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-keyint_min', '10', '-sc_threshold', '0'];
  const cutting = ['-f', 'segment', '-segment_time', '1', '-segment_format', 'mpegts', join(folder.path, '%03d.ts')];
  await execa('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', ...picture, ...coding, ...cutting]);
  const names = (await readdir(folder.path)).sort();
  return Promise.all(names.map((name) => readFile(join(folder.path, name))));
}
