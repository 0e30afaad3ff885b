import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { tempFolder } from './temp-folder.ts';

export interface RunOptions {
  readonly seconds: number;
  readonly segmentS?: number;
  readonly size?: string;
  readonly video?: 'h264' | 'hevc';
  readonly audio?: 'aac' | 'mp2' | 'none';
  /** So much later than the picture. */
  readonly audioAfterS?: number;
  /** Of the first timestamp. */
  readonly fromS?: number;
}

const FPS = 10;

/** MPEG-TS segments with a key frame a second, as one run of a capture writes them. */
export async function madeSegments(options: RunOptions): Promise<Buffer[]> {
  const { seconds, segmentS = 2, size = '160x90', video = 'h264', audio = 'aac' } = options;
  const { audioAfterS = 0, fromS = 0 } = options;
  await using folder = await tempFolder();
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${FPS}:duration=${seconds}`];
  const later = ['-itsoffset', `${audioAfterS}`];
  const sound = audio === 'none' ? [] : [...later, '-f', 'lavfi', '-i', `sine=r=48000:d=${seconds}`, '-c:a', audio];
  const codec = video === 'h264' ? ['libx264'] : ['libx265', '-x265-params', 'log-level=none'];
  const cut = ['-f', 'hls', '-hls_time', `${segmentS}`, '-hls_list_size', '0', '-output_ts_offset', `${fromS}`];
  await execa(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', ...picture, ...sound, '-c:v', ...codec, '-preset', 'ultrafast'],
      ...['-pix_fmt', 'yuv420p', '-g', `${FPS}`, '-keyint_min', `${FPS}`, '-sc_threshold', '0', ...cut],
      ...['-hls_segment_filename', '%03d.ts', 'list.m3u8'],
    ],
    { cwd: folder.path, stdin: 'ignore' },
  );
  const names = (await readdir(folder.path)).filter((name) => name.endsWith('.ts')).sort();
  return Promise.all(names.map((name) => readFile(join(folder.path, name))));
}

export interface Probed {
  readonly durationS: number;
  /** `h264 avc1`. */
  readonly streams: readonly string[];
  readonly videoPackets: number;
}

/** What ffprobe finds in media, which has to decode without a complaint. */
export async function probed(media: Uint8Array, ending: string): Promise<Probed> {
  await using folder = await tempFolder();
  const file = join(folder.path, `media.${ending}`);
  await writeFile(file, media);
  const entries = 'format=duration:stream=codec_type,codec_name,codec_tag_string,nb_read_packets';
  const show = ['-v', 'error', '-count_packets', '-show_entries', entries, '-of', 'json', file];
  const { stdout } = await execa('ffprobe', show, { stdin: 'ignore' });
  const said = JSON.parse(stdout) as { format: { duration: string }; streams: Record<string, string>[] }; // ffprobe's own words
  const { stderr } = await execa('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-f', 'null', '-']);
  if (stderr !== '') throw new Error(`it does not decode: ${stderr}`);
  return {
    durationS: Number(said.format.duration),
    streams: said.streams.map((stream) => `${stream.codec_name} ${stream.codec_tag_string}`),
    videoPackets: Number(said.streams.find((stream) => stream.codec_type === 'video')?.nb_read_packets),
  };
}
