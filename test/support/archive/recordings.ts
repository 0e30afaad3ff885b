import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { NodeDisk } from '../../../src/archive/disk/node-disk.ts';
import { IDENTITY_FILE } from '../../../src/archive/disk/root-identity.ts';
import { OpenPack } from '../../../src/archive/recording/open-pack.ts';
import { formsOf, parseStreamName } from '../../../src/domain/definition/stream-name.ts';
import { tempFolder } from '../temp-folder.ts';

export const CLIP_SEGMENT_MS = 2000;
export const CLIP_FPS = 10;

export interface ClipOptions {
  readonly codec: 'libx264' | 'libx265';
  readonly seconds: number;
  /** So often the same pictures follow one another: only the first are encoded. */
  readonly loops?: number;
  readonly size?: string;
}

/** What a capture would have written of a camera: segments of 2 s in MPEG-TS, one after the other. */
export async function clipSegments(options: ClipOptions): Promise<readonly Buffer[]> {
  const { codec, seconds, loops = 1, size = '320x180' } = options;
  await using folder = await tempFolder();
  const clip = join(folder.path, 'clip.mp4');
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${CLIP_FPS}`, '-t', String(seconds)];
  const gop = String((CLIP_FPS * CLIP_SEGMENT_MS) / 1000);
  // A scene that changes would begin a segment of its own.
  const quick =
    codec === 'libx264' ? ['-sc_threshold', '0'] : ['-x265-params', 'log-level=error:scenecut=0:open-gop=0'];
  const coding = [
    '-c:v',
    codec,
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-bf',
    '0',
    '-crf',
    '40',
    '-g',
    gop,
    ...quick,
  ];
  await execa('ffmpeg', ['-v', 'error', '-nostdin', ...picture, ...coding, clip]);
  const list = join(folder.path, 'list.m3u8');
  const cutting = ['-c', 'copy', '-f', 'hls', '-hls_time', String(CLIP_SEGMENT_MS / 1000), '-hls_list_size', '0', list];
  await execa('ffmpeg', ['-v', 'error', '-nostdin', '-stream_loop', String(loops - 1), '-i', clip, ...cutting]);
  const files = (await readFile(list, 'utf8')).split('\n').filter((line) => line.endsWith('.ts'));
  return Promise.all(files.map((file) => readFile(join(folder.path, file))));
}

export interface Recording {
  readonly stream: string;
  readonly epoch: number;
  readonly firstNumber: number;
  readonly startMs: number;
  readonly segments: readonly Buffer[];
  /** It goes on with the pack before, without a discontinuity. */
  readonly isContinued?: boolean;
}

/** Makes a folder the root of a server that has not been started yet. */
export async function makeRoot(root: string, server: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, IDENTITY_FILE), JSON.stringify({ v: 1, id: randomUUID(), server }));
}

/** A closed pack, as the recorder writes it. */
export async function recordInto(root: string, server: string, recording: Recording): Promise<void> {
  const { stream, epoch, firstNumber, startMs, segments, isContinued = false } = recording;
  const header = { stream, epoch, firstNumber, startMs, home: server, server, segmentMs: CLIP_SEGMENT_MS, isContinued };
  const name = parseStreamName(stream);
  if (name === undefined) throw new Error(`${stream} is no name of a stream`);
  const place = { stream, server, folder: join(root, formsOf(name).folder) };
  const [first] = segments;
  if (first === undefined) throw new Error('a pack has a segment');
  const pack = await OpenPack.begin({ disk: new NodeDisk(), place, header, gaps: [] }, first.length);
  for (const [index, bytes] of segments.entries()) {
    const times = { startMs: startMs + index * CLIP_SEGMENT_MS, durationMs: CLIP_SEGMENT_MS };
    await pack.append({ number: firstNumber + index, ...times }, bytes);
  }
  await pack.close('the capture ended');
}
