import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from '../../host/system/execa.ts';
import { drawnBarCode } from './bar-code.ts';

export interface ClipOptions {
  readonly seconds?: number;
  readonly fps?: number;
  /** Frames between key frames. */
  readonly gop?: number;
  readonly kbps?: number;
  readonly size?: `${number}x${number}`;
  /**
   * A tone in AAC (the default), or in G.711 as many cameras send it; `announced`: as G.711, of which no packet ever comes, as of a
   * camera whose microphone is switched off.
   */
  readonly audio?: 'aac' | 'mulaw' | 'announced' | 'none';
  /** Turns the colours, in degrees, and `toneHz` sets the tone: so that people tell cameras apart. */
  readonly hue?: number;
  readonly toneHz?: number;
  /**
   * Written into the picture, with the second of the clip. Frames are counted from 1970, so of a clip of 60 s that is the second of
   * the clock. Left out where this ffmpeg cannot write text.
   */
  readonly label?: string;
  /** The number of each picture of the clip as a bar code in its corner (`bar-code.ts`), for what reads it off a screen. */
  readonly numbered?: boolean;
}

export interface EncodedClip {
  /** H.264, Annex B. */
  readonly picture: Buffer;
  /** AAC with ADTS headers, or G.711. */
  readonly sound?: Buffer;
}

const AUDIO_SAMPLE_RATE = 48_000;
const AUDIO_KBPS = 32;
export const MULAW_SAMPLE_RATE = 8000;
const MAKING_TIMEOUT_MS = 60_000;
const PICTURE_FILE = 'clip.h264';
const SOUND_FILE = 'clip.sound';
/** A file needs no quoting, whatever the label. */
const LABEL_FILE = 'label.txt';
const LETTERS = 'fontsize=h/8:fontcolor=white:box=1:boxcolor=black@0.7:boxborderw=8';
const LABELLED = [
  `drawtext=textfile=${LABEL_FILE}:expansion=none:x=16:y=h-th-16:${LETTERS}`,
  `drawtext=text='\\:%{eif\\:t\\:d\\:2}':x=w-tw-16:y=h-th-16:${LETTERS}`,
];

const AAC = ['-c:a', 'aac', '-b:a', `${AUDIO_KBPS}k`, '-f', 'adts'];
const MULAW = ['-c:a', 'pcm_mulaw', '-ar', `${MULAW_SAMPLE_RATE}`, '-f', 'mulaw'];

/**
 * @param keptIn a folder in which clips are kept for other processes. The test runner names one: the same few clips are wanted some
 * sixty times.
 * @throws Error when ffmpeg is missing or fails.
 */
export async function encodedClip(
  options: ClipOptions,
  keptIn = process.env.STREAMHERD_KEEP_CLIPS,
): Promise<EncodedClip> {
  if (keptIn === undefined) return encode(options, tmpdir());
  const key = createHash('sha256').update(JSON.stringify(Object.entries(options).sort()));
  const kept = join(keptIn, key.digest('hex'));
  return read(kept, options).catch(() => encode(options, keptIn, kept));
}

/** @param keepAs the folder becomes this one, unless another process was quicker. */
async function encode(options: ClipOptions, parent: string, keepAs?: string): Promise<EncodedClip> {
  const folder = await mkdtemp(join(parent, 'streamherd-clip-'));
  const run = (filters: string) =>
    execa('ffmpeg', encoderArguments(options, filters), { cwd: folder, stdin: 'ignore', timeout: MAKING_TIMEOUT_MS });
  try {
    const colours = [`hue=h=${options.hue ?? 0}`, ...(options.numbered === true ? drawnBarCode() : [])].join(',');
    if (options.label === undefined) await run(colours);
    else {
      await writeFile(join(folder, LABEL_FILE), options.label);
      await run([colours, ...LABELLED].join(',')).catch(() => run(colours));
    }
    const encoded = await read(folder, options);
    if (keepAs !== undefined) await rename(folder, keepAs).catch(() => undefined);
    return encoded;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(folder: string, { audio }: ClipOptions): Promise<EncodedClip> {
  const picture = await readFile(join(folder, PICTURE_FILE));
  return audio === 'none' ? { picture } : { picture, sound: await readFile(join(folder, SOUND_FILE)) };
}

function encoderArguments(options: ClipOptions, filters: string): string[] {
  const { audio = 'aac' } = options;
  const { seconds = 10, fps = 25, gop = 25, kbps = 500, size = '640x360', toneHz = 440 } = options;
  return [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`],
    ...(audio === 'none' ? [] : ['-f', 'lavfi', '-i', `sine=f=${toneHz}:r=${AUDIO_SAMPLE_RATE}:d=${seconds}`]),
    ...['-map', '0:v', '-vf', filters, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-profile:v', 'baseline', '-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`],
    ...['-g', `${gop}`, '-keyint_min', `${gop}`, '-sc_threshold', '0', '-x264-params', 'aud=1:threads=1'],
    ...['-f', 'h264', PICTURE_FILE],
    ...(audio === 'none' ? [] : ['-map', '1:a', '-ac', '1', ...(audio === 'aac' ? AAC : MULAW), SOUND_FILE]),
  ];
}
